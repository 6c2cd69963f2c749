#include "checks/check_sheet.h"

#include <algorithm>
#include <array>
#include <utility>

#include "checks/contest_reports.h"
#include "checks/findings_to.h"
#include "count/sheets.h"

namespace teller {
namespace {

constexpr std::array of_one_sheet{CheckKind::balance,          CheckKind::votes_above_cards,
                                  CheckKind::blank_share,      CheckKind::invalid_share,
                                  CheckKind::above_registered, CheckKind::no_cards,
                                  CheckKind::no_registered,    CheckKind::option_above_registered};

Total total_of_figure(Figure figure) {
  if (figure.is_number()) return {static_cast<std::int64_t>(figure.raw), 1, 0};
  return {0, 0, static_cast<std::int8_t>(figure.is_withheld() ? 1 : 0)};
}

}  // namespace

bool is_of_one_sheet(CheckKind kind) {
  return std::ranges::find(of_one_sheet, kind) != of_one_sheet.end();
}

std::vector<CheckFinding> check_sheet(const Rules& rules,
                                      const std::map<std::string, std::uint64_t>& registered,
                                      const Sheet& sheet, const CheckRules& check_rules) {
  CheckRules alone = check_rules;
  for (std::size_t kind = 0; kind < check_kinds; ++kind) {
    if (!is_of_one_sheet(static_cast<CheckKind>(kind))) alone.rules.at(kind).made = false;
  }
  std::vector<TotalRow> rows;
  for (const auto& [column, figure] : figures_of(sheet)) {
    if (figure.is_unknown()) continue;
    rows.push_back({.key = {sheet.contest, column, sheet.unit, sheet.method},
                    .total = total_of_figure(figure)});
  }
  CountChecked checked;
  FindingsTo to(alone, checked);
  check_within_reports(ContestReports(rules, sheet.contest, rows),
                       {.rules = rules, .registered = registered, .totals = rows, .falls = {}}, to);
  // By how much there is to do; the place keeps those together as they were told.
  std::vector<std::pair<int, std::size_t>> places;
  for (const CheckFinding& one : checked.findings) {
    places.emplace_back(-static_cast<int>(one.severity), places.size());
  }
  std::ranges::sort(places);
  std::vector<CheckFinding> sorted;
  for (const auto& [severity, place] : places) {
    sorted.push_back(std::move(checked.findings[place]));
  }
  return sorted;
}

}  // namespace teller
