// Holds the figures of a count against rules, and says in words what does not go with them.
//
// A check is made of each report (what one unit says of a contest with one method) that gives what it
// needs; `tallies` says of how many. A finding shows its arithmetic, with figures that may be shown.
//
//   auto checked = check_count({rules, presentation.registered, snapshot.totals, falls, voters}, check_rules);
//
// Pure, and not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "checks/check_rules.h"
#include "count/step.h"
#include "election/rules.h"
#include "publish/audit_line.h"
#include "store/count_store.h"
#include "store/definition_store.h"

namespace teller {

struct CheckFinding {
  CheckKind kind{};
  Severity severity{};
  std::optional<ContestId> contest;  // Nothing: it is about a sender, a person, a unit as a whole.
  // Where; the first is the one that `what` begins with. None where it is about a sender or a person.
  std::vector<UnitId> units;
  std::optional<MethodId> method;
  std::string what;  // "Place P05, Mayor: 60,000 votes on 10 cards of 1 vote each"
  // What others say, to hold it against; it changes with each of them, and the finding is the same: "in
  // the other reports of this contest 12 of 300, 4.00 %". Mostly empty.
  std::string beside = {};
};
// Both, as people read it.
[[nodiscard]] std::string in_words(const CheckFinding& finding);

// A figure that became lower, as the store keeps it.
struct FallenFigure {
  TotalKey key;
  std::int64_t before = 0, after = 0;
  std::uint64_t commit = 0;
  std::string reason;
};

// Of one unit, as the voters' roll has it.
struct UnitVoters {
  std::uint64_t registered = 0, checked_in = 0;
};

// Votes of an option in a unit at an earlier election, with the ids of this one.
struct EarlierVotes {
  ContestId contest;
  UnitId unit;
  std::uint16_t option = 0;
  std::int64_t votes = 0;
  [[nodiscard]] auto operator<=>(const EarlierVotes&) const = default;
};

// A unit that was declared complete, with so many cards (complete_units.h).
struct CompleteUnit {
  UnitId unit{};
  std::uint64_t cards = 0;
};

// Conflicts of entries that one sender sent.
struct SenderConflicts {
  std::string sender;
  std::uint64_t conflicts = 0;
};

// A decision that takes another one back (reinstate, reopen), and what it is about.
struct UndoneDecision {
  std::string about;  // "ballot 6a1f…"
  std::string action, officers;
};

struct CheckedCount {
  const Rules& rules;
  const std::map<std::string, std::uint64_t>& registered;  // By unit id (Presentation).
  std::span<const TotalRow> totals;                        // All of one snapshot.
  std::span<const FallenFigure> falls;
  std::span<const UnitVoters> voters = {};  // By unit; empty: there is no roll.
  // What else is known, each empty where it is not: in any order; in that of their numbers; in that in
  // which they were decided.
  std::span<const EarlierVotes> earlier = {};
  std::span<const SenderConflicts> senders = {};
  std::span<const AuditLine> audit = {};
  std::span<const UndoneDecision> undone = {};
  std::span<const CompleteUnit> complete = {};  // Ascending by unit.
};

struct CountChecked {
  struct Tally {
    std::uint64_t held = 0, found = 0;
  };
  std::vector<CheckFinding> findings;  // Errors first; then by check, contest and unit.
  std::array<Tally, check_kinds>
      tallies;  // By kind: figures held against it, and found not to go with it.
  std::array<std::uint64_t, 3> severe{};  // How many findings, by severity.
  [[nodiscard]] std::uint64_t of(Severity severity) const {
    return severe.at(static_cast<std::size_t>(severity));
  }
  // Errors and warnings: what keeps a count from being certified.
  [[nodiscard]] std::uint64_t open() const { return of(Severity::error) + of(Severity::warning); }
};

// Errors: reject checks.invalid (the rules of the checks name a contest that the election has not).
[[nodiscard]] Result<CountChecked> check_count(const CheckedCount& count, const CheckRules& rules);

// The falls of a store, in the order in which they were counted. Errors: those of definition_rows().
[[nodiscard]] Result<std::vector<FallenFigure>> fallen_figures(DefinitionStore& store);

// "2 errors and 1 warning of checks"; notes are left out. Empty where there is neither.
[[nodiscard]] std::string open_in_words(const CountChecked& checked);

}  // namespace teller
