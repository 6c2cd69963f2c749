// Figures of things (units, options or methods) that may be sums of each other, and what one thing is
// the sum of. Parts of sums.cc.
//
// Pure. Called by sums.cc, sums_of_units.cc and sums_of_some.cc.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "results/import.h"

namespace teller::sums {

// Things (units, options or methods) by place, each with its figures at some points (the unit,
// method and contest of an option's figure, say).
struct Figures {
  // [thing] -> (point, value), ascending by point; withheld ones are not there.
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> of;
  // By point: the sum over all things, and how many of them are above 0.
  std::vector<std::uint64_t> sum;
  std::vector<std::uint32_t> above_zero;
  std::vector<bool> has_gaps;  // A figure is withheld: nothing can be told of this point.

  void add(std::size_t thing, std::uint32_t point, const ResultsTable::Cell& cell) {
    if (of.size() <= thing) of.resize(thing + 1);
    if (sum.size() <= point) {
      sum.resize(point + 1);
      above_zero.resize(point + 1);
      has_gaps.resize(point + 1);
    }
    if (cell.withheld) {
      has_gaps[point] = true;
      return;
    }
    of[thing].emplace_back(point, cell.value);
    sum[point] += cell.value;
    above_zero[point] += cell.value > 0 ? 1 : 0;
  }
};

// A point's number for each key of figures.
template <typename Key>
class Points {
 public:
  std::uint32_t of(const Key& key) {
    return numbers_.try_emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<Key, std::uint32_t> numbers_;
};

// How much more than chance it takes among so many things: in bits, as log2 of figures that agree.
[[nodiscard]] double bits_needed(std::size_t things, bool is_named);

[[nodiscard]] double bits(std::uint64_t value);

// Whether each figure of `thing` is the sum of all others' but those of `without`; how surely.
// A figure that equals a single other one says something only of what is named as a sum.
[[nodiscard]] double is_sum_of_others(const Figures& figures, std::size_t thing, bool is_named,
                                      std::span<const std::size_t> without);

// Where four of five figures of `thing` or more are the sum of at least two others, and the others are not: a mistake in
// some rows, or a part that is kept back there. In words, or nothing; `needed`: how surely.
[[nodiscard]] std::string mostly_sum_of_others(const Figures& figures, std::size_t thing,
                                               double needed);

// The largest, in words.
[[nodiscard]] std::string one_figure(const Figures& figures, std::size_t thing);

// Things that are called as another one and more ("P1 Early", "P1 Mail" beside "P1"): by place of the other, where its
// figures are the sum of theirs. The name says what is added up, so that few figures are enough.
[[nodiscard]] std::map<std::size_t, std::vector<std::size_t>> sums_of_their_names(
    const Figures& figures, std::span<const std::string> names);

// What is called a total and comes within one `share`th of all others is one with a mistake in it, or of
// places that are kept back: in words, or nothing.
[[nodiscard]] std::string nearly_sum_of_others(const Figures& figures, std::size_t thing,
                                               std::uint64_t share,
                                               std::span<const std::size_t> without = {});

}  // namespace teller::sums
