#include "checks/check_count.h"

#include <algorithm>
#include <initializer_list>
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

Result<ContestId> contest_named(const Rules& rules, const std::string& id, CheckKind kind,
                                std::string_view key) {
  const auto found = rules.find_contest(id);
  if (found) return *found;
  return fail(Remedy::reject, "checks.invalid",
              fmt::format("[{}] {}: no contest of this election has the id \"{}\"", to_text(kind),
                          key, id));
}

// Errors: reject checks.invalid.
Result<void> want_option(const Rules& rules, ContestId contest, const std::string& id,
                         CheckKind kind, std::string_view key) {
  if (rules.find_option(contest, id)) return {};
  return fail(Remedy::reject, "checks.invalid",
              fmt::format("[{}] {}: no option of {} has the id \"{}\"", to_text(kind), key,
                          rules.contest(contest).id, id));
}

using RowsByContest = std::vector<std::span<const TotalRow>>;
using NamedContest = std::pair<std::string_view, const std::string*>;  // A key, and what it names.

// The reports of the contests that a check between contests names, in the order of its keys; empty where
// nothing is to be held. Errors: reject checks.invalid.
Result<std::vector<ContestReports>> reports_of(const Rules& rules, const RowsByContest& rows,
                                               const FindingsTo& to, CheckKind kind,
                                               std::initializer_list<NamedContest> named) {
  std::vector<ContestReports> reports;
  if (!to.wanted(kind)) return reports;
  for (const auto& [key, id] : named) {
    if (id->empty()) return std::vector<ContestReports>();  // Then none of them names one.
    const auto contest = contest_named(rules, *id, kind, key);
    if (!contest) return std::unexpected(contest.error());
    reports.emplace_back(rules, *contest, rows[contest->value]);
  }
  return reports;
}

Result<void> check_lists(const Rules& rules, const RowsByContest& rows, FindingsTo& to) {
  const CheckRules::ListTotal& rule = to.rules().list_total;
  const auto reports = reports_of(rules, rows, to, CheckKind::list_total,
                                  {{"lists", &rule.lists}, {"candidates", &rule.candidates}});
  if (!reports) return std::unexpected(reports.error());
  if (!reports->empty()) check_list_totals(reports->at(0), reports->at(1), to);
  return {};
}

Result<void> check_differences(const Rules& rules, const RowsByContest& rows, FindingsTo& to) {
  const CheckRules::AdmittedDifference& rule = to.rules().admitted_difference;
  const auto reports = reports_of(rules, rows, to, CheckKind::admitted_difference,
                                  {{"admitted", &rule.admitted}, {"counted", &rule.counted}});
  if (!reports) return std::unexpected(reports.error());
  if (!reports->empty()) check_admitted_difference(reports->at(0), reports->at(1), to);
  return {};
}

Result<void> check_accounts(const Rules& rules, const RowsByContest& rows, FindingsTo& to) {
  constexpr auto kind = CheckKind::admitted_balance;
  const CheckRules::AdmittedBalance& rule = to.rules().admitted_balance;
  const auto reports = reports_of(rules, rows, to, kind,
                                  {{"admitted", &rule.admitted},
                                   {"counted", &rule.counted},
                                   {"differences", &rule.differences}});
  if (!reports) return std::unexpected(reports.error());
  if (reports->empty()) return {};
  const ContestReports& differences = reports->at(2);
  for (const auto& [key, option] :
       {std::pair("more", &rule.more), std::pair("fewer", &rule.fewer)}) {
    if (auto is = want_option(rules, differences.id(), *option, kind, key); !is) return is;
  }
  check_admitted_balance(reports->at(0), reports->at(1), differences, to);
  return {};
}

// What checks of one contest alone name must be there, or they would hold nothing and say so to nobody.
Result<void> want_named(const Rules& rules, const CheckRules& checks) {
  for (const auto& [kind, held] : {std::pair(CheckKind::no_cards, &checks.no_cards),
                                   std::pair(CheckKind::no_registered, &checks.no_registered)}) {
    if (!checks.of(kind).made) continue;
    for (const std::string& id : held->contests) {
      if (const auto is = contest_named(rules, id, kind, "contests"); !is) {
        return std::unexpected(is.error());
      }
    }
  }
  constexpr auto kind = CheckKind::option_above_registered;
  const CheckRules::OptionAboveRegistered& rule = checks.option_above_registered;
  if (!checks.of(kind).made || rule.contest.empty()) return {};
  const auto contest = contest_named(rules, rule.contest, kind, "contest");
  if (!contest) return std::unexpected(contest.error());
  return want_option(rules, *contest, rule.option, kind, "option");
}

std::string so_many(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

}  // namespace

Result<CountChecked> check_count(const CheckedCount& count, const CheckRules& rules) {
  CountChecked checked;
  FindingsTo to(rules, checked);
  const auto rows = rows_by_contest(count.rules, count.totals);
  if (auto named = want_named(count.rules, rules); !named) {
    return std::unexpected(named.error());
  }
  for (const auto between : {check_lists, check_differences, check_accounts}) {
    if (auto made = between(count.rules, rows, to); !made) return std::unexpected(made.error());
  }
  for (std::uint32_t c = 0; c < count.rules.contests.size(); ++c) {
    const ContestReports reports(count.rules, ContestId{c}, rows[c]);
    check_within_reports(reports, count, to);
    check_among_reports(reports, to);
  }
  if (to.wanted(CheckKind::fallen_figure)) tell_falls(count, to);
  check_against_earlier(count, rows, to);
  if (to.wanted(CheckKind::declared_cards)) check_complete_units(count, to);
  check_conduct(count, to);
  // The last place keeps those together as they were told.
  std::vector<std::tuple<int, CheckKind, ContestId, UnitId, std::size_t>> places;
  for (const CheckFinding& one : checked.findings) {
    places.emplace_back(-static_cast<int>(one.severity), one.kind,
                        one.contest.value_or(ContestId{}),
                        one.units.empty() ? UnitId{} : one.units.front(), places.size());
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

std::string in_words(const CheckFinding& finding) {
  return finding.beside.empty() ? finding.what
                                : fmt::format("{}; {}", finding.what, finding.beside);
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
