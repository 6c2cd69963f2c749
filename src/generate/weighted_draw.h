// Draws one of several places, each with the probability of its weight, in constant time (Vose's
// alias method).
//
// The same weights and the same random numbers give the same places. A plain value; draw() is const
// and takes two numbers from `random`. No errors: at least one weight, all above 0, is the caller's
// duty. Called by ballot_draw.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace teller {

class WeightedDraw {
 public:
  explicit WeightedDraw(const std::vector<double>& weights);

  // Zipf-like: the place at rank r weighs 1 / (r + 1)^skew; ranks are dealt out by `random`.
  [[nodiscard]] static WeightedDraw zipf(std::size_t n, double skew, SeededRandom random);

  // A place, below the number of weights.
  [[nodiscard]] std::uint32_t draw(SeededRandom& random) const;

 private:
  std::vector<double> keep_;          // The probability of staying at a place once it was hit,
  std::vector<std::uint32_t> other_;  // and where it goes otherwise.
};

}  // namespace teller
