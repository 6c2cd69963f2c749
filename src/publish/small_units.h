// Which units of a contest may be told by themselves, where a count tells of no unit with few cards (decision 0047).
//
// Told are sums over a tree: the whole, and of the units in it those that units_told() says. Whoever reads them adds and
// subtracts. What always holds:
//   - All that can be worked out of what is told are sums over `small` cards or more, or over none.
//   - What is left of a unit that is told, when those right below it that are told are taken off, are no card, or `small` of
//     them or more in at least two units. So a unit that is not told is merged upward, into the one above it.
//   - Whoever has this code too comes to no figure of a unit that is not told, unless nobody of all that are left with it
//     chose so. A test goes through every small tree, and asks of each hidden figure for a second tree that looks the same
//     and has another one there.
//
// Which are told depends on numbers of cards alone, never on votes. Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace teller {

struct CountedUnit {
  std::optional<std::size_t>
      above;  // Where the unit stands in which it lies, before it; none: right below the whole.
  std::uint64_t cards =
      0;  // Its own and of all below it: the whole has the sum of those right below it.
};

// Nobody's vote is told by the whole, or by a unit, that has so many cards.
[[nodiscard]] constexpr bool is_large(std::uint64_t cards, std::uint64_t small) {
  return cards == 0 || cards >= small;
}

// By unit. None is told of a whole that is not large itself. `small` is 3 or more: with 2, two units of two cards that are
// both withheld would have one each.
[[nodiscard]] std::vector<bool> units_told(std::uint64_t whole, std::span<const CountedUnit> units,
                                           std::uint64_t small);

}  // namespace teller
