// The totals that one step touches, and by how much.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "count/step.h"

namespace teller {

// Sorting at the end is cheaper than keeping order: cells are few and hit often. A table of places
// (open-addressed, a number a key) in front of the cells; std::unordered_map took twice as long.
class TotalChanges {
 public:
  TotalChanges() : places_(first_places) {}

  Total& at(const TotalKey& key) {
    const std::uint64_t packed = pack(key);
    for (std::size_t at = start(packed);; at = (at + 1) & (places_.size() - 1)) {
      const Place& place = places_[at];
      if (place.change == 0) break;
      if (place.key == packed) return changes_[place.change - 1].by;
    }
    if ((changes_.size() + 1) * 2 > places_.size()) grow();
    changes_.push_back({key, {}});
    put({packed, static_cast<std::uint32_t>(changes_.size())});
    return changes_.back().by;
  }
  void add(const TotalKey& key, std::int64_t by) { at(key).value += by; }

  // Those that did change, ascending by key. Nothing is left in here.
  [[nodiscard]] std::vector<TotalChange> finish() {
    // Packed keys are in the order of the keys.
    std::erase_if(places_, [&](const Place& place) {
      return place.change == 0 || changes_[place.change - 1].by.is_zero();
    });
    std::sort(places_.begin(), places_.end(),
              [](const Place& a, const Place& b) { return a.key < b.key; });
    std::vector<TotalChange> sorted;
    sorted.reserve(places_.size());
    for (const Place& place : places_) sorted.push_back(changes_[place.change - 1]);
    *this = TotalChanges();
    return sorted;
  }

 private:
  static constexpr std::size_t first_places = 256;  // A power of two, as are all sizes.
  struct Place {
    std::uint64_t key = 0;
    std::uint32_t change = 0;  // Which of the changes, from 1; 0: none.
  };

  // contest 16, slot 16, unit 24, method 8: the limits of the rules.
  static std::uint64_t pack(const TotalKey& key) {
    return (std::uint64_t{key.contest.value} << 48) | (std::uint64_t{key.slot} << 32) |
           (std::uint64_t{key.unit.value} << 8) | key.method.value;
  }
  [[nodiscard]] std::size_t start(std::uint64_t packed) const {
    // The highest bits: they alone depend on the whole of the key.
    return static_cast<std::size_t>((packed * 0x9E3779B97F4A7C15ULL) >>
                                    (64 - std::countr_zero(places_.size())));
  }
  void put(const Place& place) {
    std::size_t at = start(place.key);
    while (places_[at].change != 0) at = (at + 1) & (places_.size() - 1);
    places_[at] = place;
  }
  void grow() {
    std::vector<Place> before(places_.size() * 2);
    before.swap(places_);
    for (const Place& place : before) {
      if (place.change != 0) put(place);
    }
  }
  std::vector<Place> places_;
  std::vector<TotalChange> changes_;
};

}  // namespace teller
