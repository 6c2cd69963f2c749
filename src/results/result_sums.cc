#include "results/result_sums.h"

#include "count/step.h"

namespace teller {
namespace {

template <typename Contests>
ResultSums sums_by_contest(const Contests& contests,
                           const std::vector<std::vector<std::uint64_t>>& votes) {
  ResultSums sums;
  for (std::size_t i = 0; i < contests.size(); ++i) {
    ResultSums::Contest& contest = sums.contests.emplace_back();
    contest.id = contests[i].id;
    for (std::size_t k = 0; k < contests[i].options.size(); ++k) {
      const auto& option = contests[i].options[k];
      contest.options.push_back({option.id, option.name, votes[i][k]});
      contest.votes += votes[i][k];
    }
    sums.votes += contest.votes;
  }
  return sums;
}

void add_write_ins(ResultSums::Contest& contest, std::uint64_t votes) {
  contest.write_ins = contest.write_ins.value_or(0) + votes;
}

}  // namespace

ResultSums result_sums(const ResultsTable& table) {
  ResultSums sums = sums_by_contest(table.contests, sums_of(table));
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.column == slot::write_ins && !cell.withheld) {
      add_write_ins(sums.contests[cell.contest], cell.value);
    }
  }
  return sums;
}

ResultSums result_sums(const BoundResults& bound, const Rules& rules) {
  ResultSums sums = sums_by_contest(rules.contests, bound.sums);
  for (const BoundResults::Row& row : bound.rows) {
    if (row.column == slot::write_ins && !row.withheld) {
      add_write_ins(sums.contests[row.contest.value], row.value);
    }
  }
  return sums;
}

}  // namespace teller
