// Where the checks of this room put what they found. Only for its own files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checks/check_count.h"
#include "checks/contest_reports.h"

namespace teller {

class FindingsTo {
 public:
  FindingsTo(const CheckRules& rules, CountChecked& out) : rules_(&rules), out_(&out) {}

  [[nodiscard]] const CheckRules& rules() const { return *rules_; }
  [[nodiscard]] bool wanted(CheckKind kind) const { return rules_->of(kind).made; }
  // One more report had all that the check needs.
  void held(CheckKind kind) { ++tally(kind).held; }
  void found(CheckKind kind, ContestId contest, std::vector<UnitId> units,
             std::optional<MethodId> method, std::string what, std::string beside = {}) {
    found_about(kind, contest, std::move(units), method, std::move(what), std::move(beside));
  }
  // Of a unit as a whole.
  void found(CheckKind kind, UnitId unit, std::string what) {
    found_about(kind, std::nullopt, {unit}, std::nullopt, std::move(what), {});
  }
  // Of a sender or a person, and of no figure.
  void found(CheckKind kind, std::string what) {
    found_about(kind, std::nullopt, {}, std::nullopt, std::move(what), {});
  }
  void found(CheckKind kind, const ContestReports& reports, std::size_t report,
             std::string_view what, std::string beside = {}) {
    const auto& [unit, method, from_sheets] = reports.cell(report);
    found(kind, reports.id(), {unit}, method, reports.place(report) + ": " + std::string(what),
          std::move(beside));
  }

 private:
  void found_about(CheckKind kind, std::optional<ContestId> contest, std::vector<UnitId> units,
                   std::optional<MethodId> method, std::string what, std::string beside) {
    const Severity severity = rules_->of(kind).severity;
    ++tally(kind).found;
    ++out_->severe.at(static_cast<std::size_t>(severity));
    out_->findings.push_back(
        {kind, severity, contest, std::move(units), method, std::move(what), std::move(beside)});
  }
  CountChecked::Tally& tally(CheckKind kind) {
    return out_->tallies.at(static_cast<std::size_t>(kind));
  }
  const CheckRules* rules_;
  CountChecked* out_;
};

// Votes against cards, shares of cards, cards against registered voters (within_reports.cc).
void check_within_reports(const ContestReports& reports, const CheckedCount& count, FindingsTo& to);
// The reports of a contest against one another (among_reports.cc).
void check_among_reports(const ContestReports& reports, FindingsTo& to);
// A contest of lists against one of their candidates (list_totals.cc).
void check_list_totals(const ContestReports& lists, const ContestReports& candidates,
                       FindingsTo& to);
// Voters who were admitted against cards that were counted (admitted.cc): how far apart they are, and
// whether `differences` accounts for it.
void check_admitted_difference(const ContestReports& admitted, const ContestReports& counted,
                               FindingsTo& to);
void check_admitted_balance(const ContestReports& admitted, const ContestReports& counted,
                            const ContestReports& differences, FindingsTo& to);

// Shares against those of the same unit at an earlier election (earlier_shares.cc).
void check_against_earlier(const CheckedCount& count,
                           std::span<const std::span<const TotalRow>> rows, FindingsTo& to);
// Cards of units that were declared complete (complete_units.cc).
void check_complete_units(const CheckedCount& count, FindingsTo& to);
// What senders and persons did (conduct.cc).
void check_conduct(const CheckedCount& count, FindingsTo& to);

}  // namespace teller
