// Columns of votes by method that are the sum of some others: "In Person" beside the election day and the days before
// it. Counted with them, every such vote would count twice. And those of which no name says that they are one: left out,
// their votes would be lost.
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

// Columns of votes by method, by their names; columns of numbers of which no name says anything; and those that are called
// sums or votes. Ascending, and of the first there is one.
struct MethodColumns {
  std::vector<std::size_t> by_method, others, called_sums;
};
// Of the others: what is votes of a method ("Day" beside "Early" and "Mail"), and what is the sum of methods.
struct OtherMethods {
  std::vector<std::size_t> methods, sums;
};
// By arithmetic, where a column is in every row the sum of both; otherwise a person is asked of what stands right beside.
[[nodiscard]] OtherMethods find_other_methods(MappingDraft& draft, const MappingAnswers& answers,
                                              MethodColumns columns);

}  // namespace teller
