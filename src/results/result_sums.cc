#include "results/result_sums.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <tuple>

#include "count/step.h"

namespace teller {
namespace {

// The options of one report of a unit, of which something is known or withheld.
struct Report {
  std::uint32_t numbers = 0, withheld = 0;
};

void add(TotalFigure& figure, const Report& report, std::size_t columns) {
  ++figure.of;
  figure.numbers_in += report.numbers > 0 ? 1 : 0;
  figure.withheld_in += report.withheld > 0 ? 1 : 0;
  figure.unknown_in += report.withheld == 0 && report.numbers < columns ? 1 : 0;
}

void add(TotalFigure& whole, const TotalFigure& part) {
  whole.sum += part.sum;
  whole.of += part.of;
  whole.numbers_in += part.numbers_in;
  whole.withheld_in += part.withheld_in;
  whole.unknown_in += part.unknown_in;
}

template <typename Contests>
ResultSums of_contests(const Contests& contests, std::size_t methods) {
  ResultSums sums;
  for (const auto& contest : contests) {
    ResultSums::Contest& made = sums.contests.emplace_back();
    made.id = contest.id;
    for (const auto& option : contest.options) {
      made.options.push_back({option.id, option.name, {}});
    }
  }
  sums.cell_word = methods > 1 ? "report" : "unit";
  return sums;
}

// One report: rows of one unit, method and contest. `is_zero` tells of an option without a row, beside others that have
// one, whether that is a 0.
template <typename Rows, typename IsZero>
void add_report(ResultSums::Contest& contest, const Rows& rows, const IsZero& is_zero) {
  Report report, write_ins;
  std::vector<Report> options(contest.options.size());
  for (const auto& row : rows) {
    const bool is_option = row.column < slot::first_counter;
    if (!is_option && row.column != slot::write_ins) continue;
    Report& one = is_option ? options[row.column] : write_ins;
    ++(row.withheld ? one.withheld : one.numbers);
    TotalFigure& figure = is_option ? contest.options[row.column].votes : *contest.write_ins;
    if (!row.withheld) figure.sum += static_cast<std::int64_t>(row.value);
  }
  const auto is_said = [](const Report& one) { return one.numbers + one.withheld > 0; };
  const bool has_votes = std::ranges::any_of(options, is_said);
  for (std::uint16_t i = 0; i < options.size(); ++i) {
    if (has_votes && !is_said(options[i]) && is_zero(i)) options[i].numbers = 1;
    add(contest.options[i].votes, options[i], 1);
    report.numbers += options[i].numbers;
    report.withheld += options[i].withheld;
  }
  add(contest.votes, report, options.size());
  if (contest.write_ins) add(*contest.write_ins, write_ins, 1);
}

// `rows` are ordered by unit, method and contest; `contest_of` gives a row's contest as its place.
template <typename Row, typename ContestOf, typename IsZero>
void add_reports(ResultSums& sums, const std::vector<Row>& rows, const ContestOf& contest_of,
                 const IsZero& is_zero) {
  const auto place = [&](const Row& row) {
    return std::tuple(row.unit, row.method, contest_of(row));
  };
  for (const Row& row : rows) {
    if (row.column == slot::write_ins) sums.contests[contest_of(row)].write_ins.emplace();
  }
  for (std::size_t from = 0; from < rows.size();) {
    std::size_t to = from + 1;
    while (to < rows.size() && place(rows[to]) == place(rows[from])) ++to;
    add_report(sums.contests[contest_of(rows[from])], std::span(rows).subspan(from, to - from),
               [&](std::uint16_t option) { return is_zero(rows[from], option); });
    from = to;
  }
  for (ResultSums::Contest& contest : sums.contests) {
    for (const ResultSums::Option& option : contest.options) contest.votes.sum += option.votes.sum;
    add(sums.votes, contest.votes);
  }
}

}  // namespace

ResultSums result_sums(const ResultsTable& table) {
  ResultSums sums = of_contests(table.contests, table.methods.size());
  const auto key = [](const ResultsTable::Cell& cell, std::uint16_t column) {
    return std::tuple(cell.unit, cell.method, cell.contest, column);
  };
  std::set<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t, std::uint16_t>> unknown;
  if (table.missing_rows_zero) {
    for (const ResultsTable::Cell& cell : table.unknown) unknown.insert(key(cell, cell.column));
  }
  add_reports(
      sums, table.cells, [](const ResultsTable::Cell& cell) { return cell.contest; },
      [&](const ResultsTable::Cell& first, std::uint16_t option) {
        return table.missing_rows_zero && !unknown.contains(key(first, option));
      });
  return sums;
}

ResultSums result_sums(const BoundResults& bound, const Rules& rules) {
  ResultSums sums = of_contests(rules.contests, rules.methods.size());
  add_reports(
      sums, bound.rows, [](const BoundResults::Row& row) { return row.contest.value; },
      // bind() has made a row of each 0 that the mapping means.
      [](const BoundResults::Row&, std::uint16_t) { return false; });
  return sums;
}

}  // namespace teller
