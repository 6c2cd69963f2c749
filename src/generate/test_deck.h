// A test deck: for the rules of an election, marked ballots and result sheets whose totals are known
// before anything is counted, so that a count of them shows whether every mark comes where it
// belongs.
//
// What always holds, of each contest that is counted from ballots, as far as its rules allow it:
//   - Every option is chosen, and no two of the first `deck_votes_max` options by as many: two that
//     were swapped show.
//   - There is an overvote, an undervote, a write-in, a contest left blank and one that is invalid;
//     of a ranked one also a whole ranking, a skipped rank and one without any.
//   - Every card of every style is cast in every unit in which it is given, by every method.
// And of each contest that is counted from sheets: one sheet for each unit that is waited for and
// each such method, with another figure for each option and, for the first hundred, for each unit.
//
// The same rules and count give the same deck, byte by byte. What its totals must be is worked out
// mark by mark as it is made, by no code that counts. Pure. Called by src/cli/test_deck.cc and
// operate/deck_check.h.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

inline constexpr std::uint32_t deck_votes_max = 500;

// A figure of a contest in a unit by a method: of an option, or of a column by its name ("cards",
// "overvotes"). Without a contest: of the unit itself, whatever stands on its cards ("cards",
// "sheets").
struct DeckKey {
  static constexpr std::uint32_t whole_unit = 0xFFFF'FFFF;
  UnitId unit{};
  MethodId method{};
  std::uint32_t contest = whole_unit;
  std::string_view column;  // Empty: an option's votes.
  std::uint32_t option = 0;
  [[nodiscard]] auto operator<=>(const DeckKey&) const = default;
};
using DeckTotals = std::map<DeckKey, std::uint64_t>;  // None of them 0.

struct TestDeck {
  std::uint64_t ballots = 0, sheets = 0;
  DeckTotals expected;
};

using DeckSink = std::function<Result<void>(const Entry& entry)>;

// Gives each entry to `sink`, ballots first. Errors: reject generate.no_ballots (the rules have
// neither a card that can be cast nor a contest counted from sheets); those of the sink.
[[nodiscard]] Result<TestDeck> make_test_deck(const Rules& rules, const CountId& count,
                                              const DeckSink& sink);

// The bytes of expected.json: which count and rules the deck is for, and every figure by the ids of
// the rules, a line each.
[[nodiscard]] std::string expected_json(const TestDeck& deck, const Rules& rules,
                                        const CountId& count);

}  // namespace teller
