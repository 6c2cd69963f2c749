// Checks lists that are one contest against their candidates in another. The rules know no lists with
// candidates of their own (ContestKind), so the file of checks says which two contests these are.
#include <algorithm>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/findings_to.h"

namespace teller {
namespace {

// The candidates' options of each list, by the list's place; empty where it has none.
std::vector<std::vector<std::uint16_t>> candidates_of(const Contest& lists,
                                                      const Contest& candidates) {
  std::vector<std::vector<std::uint16_t>> found(lists.options.size());
  for (std::size_t l = 0; l < lists.options.size(); ++l) {
    if (lists.options[l].parties.empty()) continue;
    for (std::size_t c = 0; c < candidates.options.size(); ++c) {
      if (candidates.options[c].parties == lists.options[l].parties) {
        found[l].push_back(static_cast<std::uint16_t>(c));
      }
    }
  }
  return found;
}

std::optional<std::size_t> same_cell(const ContestReports& reports,
                                     const ContestFigures::Cell& cell) {
  const auto [first, last] = reports.of_unit(cell.unit);
  for (std::size_t r = first; r < last; ++r) {
    if (reports.cell(r).method == cell.method) return r;
  }
  return std::nullopt;
}

}  // namespace

void check_list_totals(const ContestReports& lists, const ContestReports& candidates,
                       FindingsTo& to) {
  constexpr auto kind = CheckKind::list_total;
  const auto of_list = candidates_of(lists.contest(), candidates.contest());
  for (std::size_t r = 0; r < lists.size(); ++r) {
    const auto there = same_cell(candidates, lists.cell(r));
    if (!there) continue;
    bool any = false;
    for (std::size_t l = 0; l < of_list.size(); ++l) {
      const auto votes = lists.figure(r, static_cast<std::uint16_t>(l));
      if (!votes || of_list[l].empty()) continue;
      std::int64_t sum = 0;
      bool all = true;
      for (const std::uint16_t option : of_list[l]) {
        const auto given = candidates.figure(*there, option);
        sum += given.value_or(0);
        all = all && given;
      }
      any = any || all;
      const bool too_few = all && !to.rules().list_total.fewer && sum < *votes;
      if (sum <= *votes && !too_few) continue;
      to.found(kind, lists, r,
               fmt::format("{} has {} votes, and its {} candidates together {}{}",
                           lists.contest().options[l].name,
                           grouped(static_cast<std::uint64_t>(*votes)), of_list[l].size(),
                           all ? "" : "at least ", grouped(static_cast<std::uint64_t>(sum))));
    }
    if (any) to.held(kind);
  }
}

}  // namespace teller
