// Some of a few things whose sum another one is, wherever they stand: the lists of candidates, "in person" that is
// the election day and the days before it. A part of sums.cc.
//
// What always holds: the work is bounded, for at most 24 things are tried, half of them against the other half.
// Pure. Called by sums.cc and sums_of_units.cc.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "results/sum_figures.h"

namespace teller::sums {

constexpr std::size_t some_among_max = 24;

struct SomeRule {
  // How much more than chance it takes, in bits, beside one for each thing that may be a summand: there are so many
  // ways to choose some of them.
  double needed = 9.0;
  std::size_t points_min = 1;  // At so many points at least.
  bool everywhere = false;     // A summand has nothing at points at which the sum has no figure.
};

// Those of `among` whose sum `thing` is at every point at which it has a figure, two at least; empty: there are none,
// or it may be chance. What is larger than `thing` anywhere is no summand, so that `among` may be all things.
[[nodiscard]] std::vector<std::size_t> some_that_make(const Figures& figures, std::size_t thing,
                                                      std::span<const std::size_t> among,
                                                      const SomeRule& rule);

}  // namespace teller::sums
