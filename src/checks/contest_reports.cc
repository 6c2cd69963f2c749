#include "checks/contest_reports.h"

#include <algorithm>

namespace teller {

ContestReports::ContestReports(const Rules& rules, ContestId contest,
                               std::span<const TotalRow> rows)
    : rules_(&rules), id_(contest), figures_(rules, contest, rows) {
  const std::size_t options = rules.contest(contest).options.size();
  for (std::size_t o = 0; o < options; ++o) {
    options_.push_back(figures_.parts(static_cast<std::uint16_t>(o)));
  }
  for (std::uint16_t s = slot::first_counter; s <= slot::registered; ++s) {
    counters_.push_back(figures_.parts(s));
  }
}

std::pair<std::size_t, std::size_t> ContestReports::of_unit(UnitId unit) const {
  const auto cells = figures_.cells();
  const auto found = std::ranges::equal_range(cells, unit, {}, &ContestFigures::Cell::unit);
  return {static_cast<std::size_t>(found.begin() - cells.begin()),
          static_cast<std::size_t>(found.end() - cells.begin())};
}

std::optional<std::int64_t> ContestReports::figure(std::size_t report, std::uint16_t slot) const {
  // A ballot says nothing of the registered voters.
  if (slot == slot::registered && !cell(report).from_sheets) return std::nullopt;
  const ContestFigures::Part& given = part(report, slot);
  if (given.known != ContestFigures::Known::number) return std::nullopt;
  return given.value;
}

bool ContestReports::is_unknown(std::size_t report, std::uint16_t slot) const {
  return part(report, slot).known == ContestFigures::Known::unknown;
}

std::optional<std::size_t> ContestReports::report_of(UnitId unit, MethodId method) const {
  const auto [first, last] = of_unit(unit);
  for (std::size_t r = first; r < last; ++r) {
    if (cell(r).method == method) return r;
  }
  return std::nullopt;
}

ContestReports::Votes ContestReports::votes(std::size_t report) const {
  Votes votes;
  const auto add = [&](std::uint16_t slot, bool needed) {
    const auto value = figure(report, slot);
    votes.known += value.value_or(0);
    votes.any = votes.any || value;
    votes.all = votes.all && (value || !needed);
  };
  for (std::size_t o = 0; o < options_.size(); ++o) add(static_cast<std::uint16_t>(o), true);
  add(slot::write_ins, contest().write_ins);
  return votes;
}

std::string ContestReports::place(UnitId unit) const {
  return rules_->units.at(unit.value).name + ", " + contest().name;
}

std::string ContestReports::place(std::size_t report) const {
  const auto& [unit, method, from_sheets] = cell(report);
  std::string text = place(unit);
  if (rules_->methods.size() > 1) text += ", " + rules_->methods.at(method.value).name;
  return text;
}

}  // namespace teller
