// The totals that one step touches, and by how much.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "count/step.h"

namespace teller {

// Sorting at the end is cheaper than keeping order: cells are few and hit often.
class TotalChanges {
 public:
  Total& at(const TotalKey& key) {
    const std::uint64_t packed = pack(key);
    const auto [found, added] = places_.try_emplace(packed, changes_.size());
    if (added) changes_.push_back({key, {}});
    return changes_[found->second].by;
  }
  void add(const TotalKey& key, std::int64_t by) { at(key).value += by; }

  // Those that did change, ascending by key. Nothing is left in here.
  [[nodiscard]] std::vector<TotalChange> finish() {
    std::erase_if(changes_, [](const TotalChange& change) { return change.by.is_zero(); });
    std::sort(changes_.begin(), changes_.end(),
              [](const TotalChange& a, const TotalChange& b) { return a.key < b.key; });
    return std::move(changes_);
  }

 private:
  // contest 16, slot 16, unit 24, method 8: the limits of the rules.
  static std::uint64_t pack(const TotalKey& key) {
    return (std::uint64_t{key.contest.value} << 48) | (std::uint64_t{key.slot} << 32) |
           (std::uint64_t{key.unit.value} << 8) | key.method.value;
  }
  struct Mix {
    std::size_t operator()(std::uint64_t key) const {
      return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 20);
    }
  };
  std::unordered_map<std::uint64_t, std::size_t, Mix> places_;
  std::vector<TotalChange> changes_;
};

}  // namespace teller
