#include "generate/weighted_draw.h"

#include <cmath>
#include <numeric>
#include <span>

namespace teller {

WeightedDraw::WeightedDraw(const std::vector<double>& weights) : keep_(weights.size()) {
  const std::size_t n = weights.size();
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  other_.resize(n);
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t i = 0; i < n; ++i) {
    keep_[i] = weights[i] / sum * static_cast<double>(n);
    other_[i] = i;
    (keep_[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t less = small.back(), more = large.back();
    small.pop_back();
    other_[less] = more;
    keep_[more] -= 1 - keep_[less];
    if (keep_[more] < 1) {
      large.pop_back();
      small.push_back(more);
    }
  }
}

WeightedDraw WeightedDraw::zipf(std::size_t n, double skew, SeededRandom random) {
  std::vector<double> weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -skew);
  random.shuffle(std::span(weights));
  return WeightedDraw(weights);
}

std::uint32_t WeightedDraw::draw(SeededRandom& random) const {
  const std::uint32_t at = random.below(keep_.size());
  return random.unit() < keep_[at] ? at : other_[at];
}

}  // namespace teller
