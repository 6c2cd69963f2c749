// Columns of votes by method that are the sum of some others: "In Person" beside the election day and the days before
// it. Counted with them, every such vote would count twice.
//
// Pure. Called by guess_columns.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"

namespace teller {

// Those of `by_method` that a person leaves out, or nobody answered for: the draft has the question, the reason, and
// what is no sum. A sum of all others is not among them: it is compared with the votes of its row.
[[nodiscard]] std::vector<std::size_t> left_out_method_sums(
    MappingDraft& draft, const MappingAnswers& answers, const std::vector<std::size_t>& by_method);

// "Election Day Votes": election-day.
[[nodiscard]] std::string method_id_of(std::string_view column);

}  // namespace teller
