// The rules that a count's figures are held against: which checks are made, with which thresholds.
//
// A TOML file with a table for each check that is made; docs/reference/checks.md has them all. The
// program brings checks/default.toml along, and a key that a file leaves out is as it stands there.
//
// A plain value; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

// In the order in which they are told.
enum class CheckKind : std::uint8_t {
  balance,
  votes_above_cards,
  blank_share,
  invalid_share,
  above_registered,
  above_check_ins,
  check_ins_above_registered,
  list_total,
  same_votes,
  far_share,
  silent_unit,
  two_levels,
  fallen_figure,
  no_cards,
  no_registered,
  option_above_registered,
  admitted_difference,
  admitted_balance,
  far_from_before,
  sender_conflicts,
  night_work,
  many_refusals,
  undone_twice,
  declared_cards,
};
inline constexpr std::size_t check_kinds = 24;
[[nodiscard]] std::string_view to_text(CheckKind kind);  // "balance", as its table is called.
[[nodiscard]] std::optional<CheckKind> check_called(std::string_view name);

enum class Severity : std::uint8_t { note, warning, error };
[[nodiscard]] std::string_view to_text(Severity severity);

struct CheckRules {
  struct Rule {
    bool made = false;  // The file has its table.
    Severity severity = Severity::note;
    std::string says;
    std::string source = {};  // Whose rule it is, as they number it: "F.203"; mostly empty.
  };
  struct Balance {
    std::int64_t tolerance = 0;  // Votes that may be too many or too few.
    // Counters (slot::) that this office's sheets never give, because what they would count stands
    // in another figure.
    std::vector<std::uint16_t> not_given;
  };
  struct Share {
    std::int64_t cards_min = 0, above_percent = 0;
    std::int64_t from_percent = 0;  // Instead of it: told from this share on; 0: it is not.
    std::int64_t times_others = 0;  // And so many times that of the contest's other reports.
  };
  struct ListTotal {
    std::string lists, candidates;  // Ids of contests; empty: there is nothing to hold.
    bool fewer = false;             // The candidates may have fewer votes than their list.
    bool list_given = false;        // A list whose candidates have votes gives a figure.
  };
  struct SameVotes {
    std::int64_t votes_min = 0;
    // So many options with so many votes: a few small figures are often the same.
    std::int64_t options_min = 0, each_min = 0;
  };
  struct FarShare {
    std::int64_t votes_min = 0, units_min = 0, points_above = 0, times_spread = 0;
  };
  struct SilentUnit {
    std::int64_t units_min = 0, reported_percent = 0;
  };
  // Which contests are held, by id; none: there is nothing to hold.
  struct OfContests {
    std::vector<std::string> contests;
  };
  struct OptionAboveRegistered {
    std::string contest, option;  // Ids.
  };
  // Where the voters who were admitted are on sheets of their own: `admitted` is a contest whose cards
  // they are, and `counted` the one whose cards came out of the box.
  struct AdmittedDifference {
    std::string admitted, counted;
    std::int64_t from_percent = 0, from_cards = 0;  // Of the counted cards; 0: is not asked.
  };
  struct AdmittedBalance {
    std::string admitted, counted;
    std::string differences, more, fewer;  // A contest, and its options that account for it.
    bool both = false;                     // Of sums: some places more, others fewer.
  };
  struct FarFromBefore {
    std::int64_t votes_min = 0, points_above = 0;
  };
  struct SenderConflicts {
    std::int64_t conflicts_min = 0;
  };
  struct NightWork {
    std::int64_t from_hour = 0, to_hour = 0;  // UTC; from 23 to 4 is over midnight.
  };
  struct ManyRefusals {
    std::int64_t refusals_min = 0, within_minutes = 0;
  };
  struct UndoneTwice {
    std::int64_t times_min = 0;
  };

  // `name` stands before each fault. Errors: reject checks.invalid (every fault with its line).
  [[nodiscard]] static Result<CheckRules> parse(std::string_view text, const std::string& name);

  [[nodiscard]] const Rule& of(CheckKind kind) const {
    return rules.at(static_cast<std::size_t>(kind));
  }

  // SHA-256 of the file in hexadecimal, so that who certifies says by which checks; empty of those
  // that are built in.
  std::string hash;
  std::array<Rule, check_kinds> rules;
  Balance balance;
  Share blank, invalid;
  ListTotal list_total;
  SameVotes same_votes;
  FarShare far_share;
  SilentUnit silent_unit;
  OfContests no_cards, no_registered;
  OptionAboveRegistered option_above_registered;
  AdmittedDifference admitted_difference;
  AdmittedBalance admitted_balance;
  FarFromBefore far_from_before;
  SenderConflicts sender_conflicts;
  NightWork night_work;
  ManyRefusals many_refusals;
  UndoneTwice undone_twice;
};

// Those of checks/default.toml.
[[nodiscard]] const CheckRules& default_check_rules();

}  // namespace teller
