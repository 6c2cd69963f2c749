#include "results/sums_of_some.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

namespace teller::sums {
namespace {

using OneFigure = std::pair<std::uint32_t, std::uint64_t>;

// The points of a thing at which something can be told.
std::vector<OneFigure> points_known(const Figures& figures, std::size_t thing) {
  std::vector<OneFigure> known = figures.of[thing];
  std::erase_if(known, [&](const OneFigure& one) { return figures.has_gaps[one.first]; });
  return known;
}

// The figures of `other` at the points of `mine`, 0 where it has none. Empty: it is no summand.
std::vector<std::uint64_t> at_points(const Figures& figures, std::size_t other,
                                     const std::vector<OneFigure>& mine, bool everywhere) {
  std::vector<std::uint64_t> values(mine.size());
  std::size_t at = 0;
  bool any = false;
  for (const auto& [point, value] : figures.of[other]) {
    if (figures.has_gaps[point] || value == 0) continue;
    while (at < mine.size() && mine[at].first < point) ++at;
    if (at == mine.size() || mine[at].first != point) {
      if (everywhere) return {};
      continue;
    }
    if (value > mine[at].second) return {};
    values[at] = value;
    any = true;
  }
  if (!any) values.clear();
  return values;
}

// A thing that may be a summand.
struct Summand {
  std::size_t thing = 0;
  std::vector<std::uint64_t> values;  // By point.
  std::uint64_t key = 0;  // Of all values one number: that of a sum is the sum of numbers.
};

std::uint64_t mixed_key(const std::vector<std::uint64_t>& values) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t mixed = (i + 1) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 31U)) * 0xBF58476D1CE4E5B9U;
    key += values[i] * (mixed | 1U);
  }
  return key;
}

using Subset = std::pair<std::uint64_t, std::uint32_t>;  // The sum of keys; which of them.

std::vector<Subset> subsets(std::span<const Summand> summands) {
  std::vector<Subset> all{{0, 0}};
  for (std::size_t i = 0; i < summands.size(); ++i) {
    const std::size_t before = all.size();
    for (std::size_t k = 0; k < before; ++k)
      all.emplace_back(all[k].first + summands[i].key, all[k].second | (1U << i));
  }
  return all;
}

bool make(std::span<const Summand> summands, std::uint32_t chosen,
          const std::vector<std::uint64_t>& whole) {
  for (std::size_t point = 0; point < whole.size(); ++point) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < summands.size(); ++i)
      sum += (chosen >> i & 1U) != 0 ? summands[i].values[point] : 0;
    if (sum != whole[point]) return false;
  }
  return true;
}

// Which of them make `whole`, two at least; 0: none. One half is tried against the other.
std::uint32_t choose(std::span<const Summand> summands, const std::vector<std::uint64_t>& whole) {
  const std::size_t half = summands.size() / 2;
  const std::vector<Subset> front = subsets(summands.first(half));
  std::vector<Subset> back = subsets(summands.subspan(half));
  std::ranges::sort(back);
  const std::uint64_t key = mixed_key(whole);
  for (const auto& [sum, chosen] : front) {
    for (auto rest = std::ranges::lower_bound(back, Subset(key - sum, 0));
         rest != back.end() && rest->first == key - sum; ++rest) {
      const std::uint32_t all = chosen | rest->second << half;
      if (std::popcount(all) > 1 && make(summands, all, whole)) return all;
    }
  }
  return 0;
}

}  // namespace

std::vector<std::size_t> some_that_make(const Figures& figures, std::size_t thing,
                                        std::span<const std::size_t> among, const SomeRule& rule) {
  const std::vector<OneFigure> mine = points_known(figures, thing);
  double sure = 0;
  std::size_t points = 0;
  std::vector<std::uint64_t> whole, most(mine.size());
  for (const auto& [point, value] : mine) {
    sure += bits(value);
    points += value > 0 ? 1 : 0;
    whole.push_back(value);
  }
  if (points < rule.points_min || sure < rule.needed + 2.0) return {};
  std::vector<Summand> summands;
  for (const std::size_t other : among) {
    if (other == thing) continue;
    std::vector<std::uint64_t> values = at_points(figures, other, mine, rule.everywhere);
    if (values.empty()) continue;
    if (summands.size() == some_among_max) return {};
    for (std::size_t i = 0; i < values.size(); ++i) most[i] += values[i];
    const std::uint64_t key = mixed_key(values);
    summands.push_back({other, std::move(values), key});
  }
  if (summands.size() < 2 || sure < rule.needed + static_cast<double>(summands.size())) return {};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (most[i] < whole[i]) return {};
  }
  std::vector<std::size_t> found;
  const std::uint32_t chosen = choose(summands, whole);
  for (std::size_t i = 0; i < summands.size(); ++i) {
    if ((chosen >> i & 1U) != 0) found.push_back(summands[i].thing);
  }
  return found;
}

}  // namespace teller::sums
