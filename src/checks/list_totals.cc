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

// What the candidates of a list have together.
struct OfCandidates {
  std::int64_t sum = 0;
  bool all = true;  // None is missing.
};
OfCandidates votes_together(const ContestReports& candidates, std::size_t report,
                            const std::vector<std::uint16_t>& options) {
  OfCandidates together;
  for (const std::uint16_t option : options) {
    const auto given = candidates.figure(report, option);
    together.sum += given.value_or(0);
    together.all = together.all && given;
  }
  return together;
}

}  // namespace

void check_list_totals(const ContestReports& lists, const ContestReports& candidates,
                       FindingsTo& to) {
  constexpr auto kind = CheckKind::list_total;
  const CheckRules::ListTotal& rule = to.rules().list_total;
  const auto of_list = candidates_of(lists.contest(), candidates.contest());
  for (std::size_t r = 0; r < lists.size(); ++r) {
    const auto& [unit, method, from_sheets] = lists.cell(r);
    const auto there = candidates.report_of(unit, method);
    if (!there) continue;
    bool any = false;
    for (std::size_t l = 0; l < of_list.size(); ++l) {
      if (of_list[l].empty()) continue;
      const auto list = static_cast<std::uint16_t>(l);
      const auto votes = lists.figure(r, list);
      const auto [sum, all] = votes_together(candidates, *there, of_list[l]);
      const std::string of_candidates =
          fmt::format("its {} candidates together {}{}", of_list[l].size(), all ? "" : "at least ",
                      grouped(static_cast<std::uint64_t>(sum)));
      const std::string& name = lists.contest().options[l].name;
      if (!votes) {
        if (!rule.list_given || sum == 0 || !lists.is_unknown(r, list)) continue;
        any = true;
        to.found(kind, lists, r, fmt::format("{} gives no votes, and {}", name, of_candidates));
        continue;
      }
      any = any || all;
      const bool too_few = all && !rule.fewer && sum < *votes;
      if (sum <= *votes && !too_few) continue;
      to.found(kind, lists, r,
               fmt::format("{} has {} votes, and {}", name,
                           grouped(static_cast<std::uint64_t>(*votes)), of_candidates));
    }
    if (any) to.held(kind);
  }
}

}  // namespace teller
