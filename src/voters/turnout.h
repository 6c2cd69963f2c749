// What may be said of a turnout: who is on the roll and who came, by place, method and demographics.
//
// What always holds:
//   - A figure below 10 is hidden, and so many others beside it that nobody comes to a hidden one exactly: not by adding and
//     subtracting all that is said, and not by knowing these rules and this code. Hidden figures all look alike ("<10*"):
//     what would tell a small one from one that is withheld for its sake would tell how small it is.
//   - A group of which fewer than 10 did not come is treated the same (of the whole roll it is said).
//   - While check-ins are open, all that is said of them is one number: how many came up to the last quarter of an hour,
//     rounded down to tens. So two looks have no difference that is a person.
//
// The tables have nothing in common but their sum (decision 0032 says why that is enough). A test goes through every small
// table there is, and asks of each hidden figure for a second table that looks the same and has another one there.
//
// Pure; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "election/definition.h"
#include "election/rules.h"
#include "voters/roll.h"

namespace teller {

inline constexpr std::uint64_t small_cell = 10;

struct VoterTally {
  std::uint64_t registered = 0, came = 0;
};

// As they are.
struct VoterFigures {
  bool closed = false;
  VoterTally all;
  std::uint64_t let_out = 0;  // Of all, up to the last quarter of an hour.
  std::vector<VoterTally> by_unit;
  std::vector<std::uint64_t> by_method;
  struct Group {
    std::string name;  // Empty: not given.
    VoterTally tally;
  };
  std::array<std::vector<Group>, demographics> by_group;
};

// As they may be said.
struct ShownFigure {
  // none: there is no such figure; small: a sum below 10; hidden: below 10, or withheld beside such.
  enum class How : std::uint8_t { none, number, small, hidden } how = How::none;
  std::uint64_t number = 0;
  [[nodiscard]] bool operator==(const ShownFigure&) const = default;
};
// "1,234", "<10", "<10*" or nothing.
[[nodiscard]] std::string to_text(const ShownFigure& figure);
struct Turnout {
  struct Row {
    std::string id, name;
    ShownFigure registered, came;
  };
  struct Table {
    std::string of;  // "place", "method", "age", "sex"
    std::vector<Row> rows;
  };
  bool closed = false;
  ShownFigure registered;
  ShownFigure came;  // Open: at least so many.
  std::vector<Table> tables;
};

[[nodiscard]] Turnout turnout(const VoterFigures& figures, const Rules& rules);

// For programs, and for turnout.json: a figure is a number, "<10", "<10*", or not there.
[[nodiscard]] std::string to_json(const Turnout& turnout, const Definition& definition);

// The two columns of one table whose sums are said too, ascending like `cells`.
struct ShownTally {
  ShownFigure registered, came;
};
// `least`: how many voters a cell has at least, because it would not stand here otherwise. `small`: 10, but for tests.
// Empty: nothing can be said of these.
[[nodiscard]] std::vector<ShownTally> shown_cells(std::span<const VoterTally> cells,
                                                  std::uint64_t least,
                                                  std::uint64_t small = small_cell);
// One column, whose sum is said.
[[nodiscard]] std::vector<ShownFigure> shown_counts(std::span<const std::uint64_t> counts,
                                                    std::uint64_t small = small_cell);
[[nodiscard]] ShownFigure shown_sum(std::uint64_t sum);

}  // namespace teller
