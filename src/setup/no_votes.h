// Options of which a person says what they are: "No Vote" and the like (those who marked nobody, or the option No), names
// without a figure (headings), and "Ada Moss (DEM)" beside "Ada Moss (WFP)" (lines of one candidate, or two).
//
// Called by guess_mapping.cc.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "results/import.h"
#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"

namespace teller {

// Asks of each once what it is; `asked` keeps of which. Beside "Yes Votes" nobody doubts "No Votes".
// True: it changed the draft, so that the file is to be read again.
[[nodiscard]] bool settle_no_votes(const ResultsTable& table, MappingDraft& draft,
                                   const MappingAnswers& answers, std::set<std::string>& asked);

// Names beside which nothing stands in place of a figure, in any row: headings, among options in rows. As above.
[[nodiscard]] bool settle_headings(const ResultsTable& table, MappingDraft& draft,
                                   const MappingAnswers& answers, std::set<std::string>& asked);

// Options that differ in a party in brackets alone. As above.
[[nodiscard]] bool settle_lines(const ResultsTable& table, MappingDraft& draft,
                                const MappingAnswers& answers, std::set<std::string>& asked);

}  // namespace teller
