// Where the records of a JSON file stand: the list, or the members keyed by ids, in which most objects have a number.
//
// Called by guess_mapping.cc.
#pragma once

#include <string>

#include "base/error.h"
#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"
#include "tables/json_table.h"

namespace teller {

// Of a file that is no JSON `is_used` is false. Where records stand in several places, it is asked which are meant.
// Errors: reject mapping.invalid (no object in it has a number), those of Reader.
[[nodiscard]] Result<JsonForm> find_json_records(const std::string& path,
                                                 const MappingAnswers& answers,
                                                 MappingDraft& asked);

}  // namespace teller
