#include "publish/small_units.h"

#include <algorithm>

namespace teller {
namespace {

// Of units right below one that is told: how many of the smallest are merged into it. `cards`: ascending. Which of two units
// that are equally large was chosen would tell something, so both are. Those of no card are merged with small ones, or each
// of ten others that have ten cards together would be known to have one.
std::size_t merged_of(std::span<const std::uint64_t> cards, std::uint64_t small) {
  std::size_t merged = 0;
  std::uint64_t together = 0;
  while (merged < cards.size() && cards[merged] < small) together += cards[merged++];
  if (together == 0) return 0;
  // They must differ: exchanged among each other they give a table that looks the same, for what is merged does not depend
  // on where it stands. Of two that are equal that says nothing. (Where all are merged they need not: one of 1 card or of 2,
  // another with all others, and the rest without any look like it.)
  const auto is_safe = [&] {
    return merged >= 2 && together >= small && cards[0] != cards[merged - 1];
  };
  while (merged < cards.size() && !is_safe()) {
    const std::uint64_t next = cards[merged];
    while (merged < cards.size() && cards[merged] == next) together += cards[merged++];
  }
  return merged;
}

}  // namespace

std::vector<bool> units_told(std::uint64_t whole, std::span<const CountedUnit> units,
                             std::uint64_t small) {
  std::vector<bool> told(units.size(), false);
  if (!is_large(whole, small)) return told;
  // Right below the whole; then right below each unit.
  std::vector<std::vector<std::size_t>> below(units.size() + 1);
  for (std::size_t i = 0; i < units.size(); ++i) {
    below[units[i].above ? *units[i].above + 1 : 0].push_back(i);
  }
  for (std::size_t at = 0; at < below.size(); ++at) {
    if (at > 0 && !told[at - 1]) continue;  // Else what is merged could be told in parts.
    std::vector<std::uint64_t> cards;
    for (const std::size_t unit : below[at]) cards.push_back(units[unit].cards);
    std::ranges::sort(cards);
    const std::size_t merged = merged_of(cards, small);
    for (const std::size_t unit : below[at]) {
      told[unit] = merged == 0 || units[unit].cards > cards[merged - 1];
    }
  }
  return told;
}

}  // namespace teller
