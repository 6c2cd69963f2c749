#include "checks/check_count.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/contest_reports.h"
#include "checks/findings_to.h"
#include "publish/figures.h"
#include "store/told_tables.h"

namespace teller {
namespace {

// "votes for Ada", or a counter's name.
std::string column_in_words(const Contest& contest, std::uint16_t slot) {
  if (slot < slot::first_counter) return "votes for " + contest.options.at(slot).name;
  return slot == slot::write_ins ? "write-ins" : std::string(slot::name(slot));
}

void tell_falls(const CheckedCount& count, FindingsTo& to) {
  const Rules& rules = count.rules;
  for (const FallenFigure& fall : count.falls) {
    const auto& [contest, slot, unit, method] = fall.key;
    std::string place = rules.units.at(unit.value).name + ", " + rules.contest(contest).name;
    if (rules.methods.size() > 1) place += ", " + rules.methods.at(method.value).name;
    to.held(CheckKind::fallen_figure);
    to.found(CheckKind::fallen_figure, contest, {unit}, method,
             fmt::format("{}: {} fell from {} to {} at commit {}{}{}", place,
                         column_in_words(rules.contest(contest), slot),
                         grouped(static_cast<std::uint64_t>(fall.before)),
                         grouped(static_cast<std::uint64_t>(fall.after)), grouped(fall.commit),
                         fall.reason.empty() ? "" : ": ", fall.reason));
  }
}

Result<ContestId> contest_named(const Rules& rules, const std::string& id, const char* key) {
  const auto found = rules.find_contest(id);
  if (found) return *found;
  return fail(
      Remedy::reject, "checks.invalid",
      fmt::format("[list_total] {}: no contest of this election has the id \"{}\"", key, id));
}

std::string so_many(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

}  // namespace

Result<CountChecked> check_count(const CheckedCount& count, const CheckRules& rules) {
  CountChecked checked;
  FindingsTo to(rules, checked);
  const auto rows = rows_by_contest(count.rules, count.totals);
  const CheckRules::ListTotal& of_lists = rules.list_total;
  if (to.wanted(CheckKind::list_total) && !of_lists.lists.empty()) {
    const auto lists = contest_named(count.rules, of_lists.lists, "lists");
    if (!lists) return std::unexpected(lists.error());
    const auto candidates = contest_named(count.rules, of_lists.candidates, "candidates");
    if (!candidates) return std::unexpected(candidates.error());
    check_list_totals(ContestReports(count.rules, *lists, rows[lists->value]),
                      ContestReports(count.rules, *candidates, rows[candidates->value]), to);
  }
  for (std::uint32_t c = 0; c < count.rules.contests.size(); ++c) {
    const ContestReports reports(count.rules, ContestId{c}, rows[c]);
    check_within_reports(reports, count, to);
    check_among_reports(reports, to);
  }
  if (to.wanted(CheckKind::fallen_figure)) tell_falls(count, to);
  // The last place keeps those together as they were told.
  std::vector<std::tuple<int, CheckKind, ContestId, UnitId, std::size_t>> places;
  for (const CheckFinding& one : checked.findings) {
    places.emplace_back(-static_cast<int>(one.severity), one.kind, one.contest, one.units.front(),
                        places.size());
  }
  std::ranges::sort(places);
  std::vector<CheckFinding> sorted;
  for (const auto& place : places) {
    sorted.push_back(std::move(checked.findings[std::get<std::size_t>(place)]));
  }
  checked.findings = std::move(sorted);
  return checked;
}

Result<std::vector<FallenFigure>> fallen_figures(DefinitionStore& store) {
  std::vector<FallenFigure> falls;
  const auto read = store.definition_rows(falls_table(), [&](std::span<const DefinitionValue> row) {
    // partition, step, place | commit_number, contest, slot, unit, method, before, after, reason
    const auto number = [&](std::size_t column) { return std::get<std::int64_t>(row[column]); };
    FallenFigure fall;
    fall.commit = static_cast<std::uint64_t>(number(3));
    fall.key = {ContestId{static_cast<std::uint32_t>(number(4))},
                static_cast<std::uint16_t>(number(5)),
                UnitId{static_cast<std::uint32_t>(number(6))},
                MethodId{static_cast<std::uint32_t>(number(7))}};
    fall.before = number(8);
    fall.after = number(9);
    if (const auto* reason = std::get_if<std::string_view>(&row[10])) fall.reason = *reason;
    falls.push_back(std::move(fall));
  });
  if (!read) return std::unexpected(read.error());
  return falls;
}

std::string open_in_words(const CountChecked& checked) {
  std::vector<std::string> open;
  for (const Severity severity : {Severity::error, Severity::warning}) {
    if (checked.of(severity) > 0) open.push_back(so_many(checked.of(severity), to_text(severity)));
  }
  if (open.empty()) return "";
  return fmt::format("{} of checks", fmt::join(open, " and "));
}

}  // namespace teller
