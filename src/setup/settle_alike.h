// Names of options and contests that look the same on paper, or are written in two ways: whether they are one thing, a
// person says.
//
// Called by guess_mapping.cc.
#pragma once

#include <set>
#include <string>

#include "results/import.h"
#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"

namespace teller {

// Each pair is asked once; `asked` keeps which.
// True: it changed the draft, so that the file is to be read again.
[[nodiscard]] bool settle_alike_names(const ResultsTable& table, MappingDraft& draft,
                                      const MappingAnswers& answers, std::set<std::string>& asked);

}  // namespace teller
