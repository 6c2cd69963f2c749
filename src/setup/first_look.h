// What files of results look like before anything is made of them: rows below the header, ballots instead of
// results, several files of one form.
//
// Called by guess_mapping.cc.
#pragma once

#include <string>

#include "base/error.h"
#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"
#include "setup/table_front.h"
#include "tables/table_files.h"

namespace teller {

// The first file. What no cell of it says is asked, into `asked`.
// Errors: as of look_at_table(); reject mapping.invalid (each row is a ballot, somebody answered).
[[nodiscard]] Result<TableFront> look_and_ask(TableFiles& files, const MappingAnswers& answers,
                                              MappingDraft& asked);

// Adds what stands in another file of the same delivery.
// Errors: as of look_at_table(); reject mapping.invalid (it is made in another way than `first`).
[[nodiscard]] Result<void> look_at_another(const std::string& first, const std::string& path,
                                           const TableFiles::Wanted& wanted, const JsonForm& json,
                                           TableFront& front);

}  // namespace teller
