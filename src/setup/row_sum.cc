#include "setup/row_sum.h"

#include <string>

#include <fmt/format.h>

#include "base/grouped.h"
#include "results/sums.h"
#include "setup/column_sums.h"

namespace teller {

void find_row_sum(DraftColumns& all, const WideColumns& wide, const std::vector<std::size_t>& votes,
                  const std::vector<std::size_t>& candidates) {
  MappingDraft& draft = all.draft;
  for (const std::size_t at : candidates) {
    if (all.used.contains(at) || !all.is_only(at)) continue;
    const SumOfRows rows = sum_of_rows(draft.front, votes, at);
    const bool is_called =
        all.words[at].role == Role::total || is_named_as_sum(all.column(at).name);
    if (rows.is_nearly() || (rows.differ > 0 && is_called && !wide.sums.contains(at))) {
      const std::string answer = all.ask(
          {"votes sum_column",
           fmt::format(
               "{} is the sum of the votes beside it in {} rows and not in {}, the first on "
               "line {}, where {} stands and the votes add up to {}: is it a sum all the "
               "same (such a row is told and its sheet waits), or is it not read?",
               column_in_words(all.column(at)), grouped(rows.agree), grouped(rows.differ),
               rows.first_line, grouped(rows.stands), grouped(rows.adds_up)),
           rows.is_nearly() ? "sum" : "not read",
           {"sum", "not read"}});
      all.used.insert(at);
      if (answer != "sum") continue;
      draft.sum_column = all.column(at).name;
      draft.sum_is_sure = true;
      return;
    }
    if (!rows.is_sum()) continue;
    draft.sum_column = all.column(at).name;
    all.used.insert(at);
    draft.because("votes",
                  fmt::format("{} is the sum of the votes beside it, in all of the first {} rows: "
                              "it is compared and not counted",
                              column_in_words(all.column(at)), grouped(draft.front.rows.size())));
    return;
  }
}

}  // namespace teller
