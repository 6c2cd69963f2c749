#include "publish/small_units.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace teller {
namespace {

// Of each unit, in the order of a tree: where it lies.
using Shape = std::vector<std::optional<std::size_t>>;

struct Votes {
  std::uint64_t ada = 0, bell = 0;
  [[nodiscard]] std::uint64_t cards() const { return ada + bell; }
  Votes& operator+=(const Votes& other) {
    ada += other.ada;
    bell += other.bell;
    return *this;
  }
  Votes& operator-=(const Votes& other) {
    ada -= other.ada;
    bell -= other.bell;
    return *this;
  }
};

bool has_none_below(const Shape& shape, std::size_t unit) {
  return std::ranges::none_of(shape, [&](const auto& above) { return above == unit; });
}

// A tree of votes with its sums, what is told of it, and what is left of each unit that is told.
struct Tree {
  Tree(const Shape& shape, std::vector<Votes> own, std::uint64_t small) : units(std::move(own)) {
    for (std::size_t i = shape.size(); i-- > 0;) {
      (shape[i] ? units[*shape[i]] : whole) += units[i];
    }
    std::vector<CountedUnit> counted;
    for (std::size_t i = 0; i < shape.size(); ++i) counted.push_back({shape[i], units[i].cards()});
    told = units_told(whole.cards(), counted, small);
  }

  [[nodiscard]] std::string printed() const {
    std::string line;
    for (std::size_t i = 0; i < units.size(); ++i) {
      line += told[i] ? fmt::format("{}/{} ", units[i].ada, units[i].bell) : "* ";
    }
    return line + fmt::format("of {}/{}", whole.ada, whole.bell);
  }

  // What is left of the lowest unit above this one that is told.
  [[nodiscard]] Votes left_around(const Shape& shape, std::size_t unit) const {
    std::optional<std::size_t> above = shape[unit];
    while (above && !told[*above]) above = shape[*above];
    Votes left = above ? units[*above] : whole;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (shape[i] == above && told[i]) left -= units[i];
    }
    return left;
  }

  std::vector<Votes> units;
  Votes whole;
  std::vector<bool> told;
};

void every_tree(const Shape& shape, std::uint64_t cards, bool with_bell,
                const std::function<void(std::vector<Votes>)>& each) {
  std::vector<Votes> own(shape.size());
  const std::function<void(std::size_t, std::uint64_t)> fill = [&](std::size_t at,
                                                                   std::uint64_t left) {
    if (at == shape.size()) return each(own);
    own[at] = {};
    if (!has_none_below(shape, at)) return fill(at + 1, left);
    for (std::uint64_t ada = 0; ada <= left; ++ada) {
      for (std::uint64_t bell = 0; bell <= (with_bell ? left - ada : 0); ++bell) {
        own[at] = {ada, bell};
        fill(at + 1, left - ada - bell);
      }
    }
  };
  fill(0, cards);
}

// Goes through all trees of this shape and keeps them by what is printed: then no hidden figure is the same in all that look
// alike, but a 0 that stands in what is left. Whoever reads the result and has this code knows no more than that.
void nothing_hidden_is_worked_out(const Shape& shape, std::uint64_t cards, std::uint64_t small,
                                  bool with_bell = true) {
  struct Alike {
    Tree first;
    std::vector<bool> ada, bell, cards;  // Whether another figure was seen.
  };
  std::map<std::string, Alike> all;
  std::size_t hidden = 0;
  every_tree(shape, cards, with_bell, [&](std::vector<Votes> own) {
    Tree tree(shape, std::move(own), small);
    if (!is_large(tree.whole.cards(), small)) {
      EXPECT_TRUE(std::ranges::none_of(tree.told, std::identity()));
      return;  // Then the whole is not told either, and trees with more cards look alike.
    }
    const std::vector<bool> none(shape.size());
    const auto [at, is_new] = all.try_emplace(tree.printed(), Alike{tree, none, none, none});
    Alike& alike = at->second;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const Votes& first = alike.first.units[i];
      if (tree.units[i].ada != first.ada) alike.ada[i] = true;
      if (tree.units[i].bell != first.bell) alike.bell[i] = true;
      if (tree.units[i].cards() != first.cards()) alike.cards[i] = true;
    }
  });
  for (const auto& [line, alike] : all) {
    const Tree& tree = alike.first;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const bool lies_in_told = !shape[i] || tree.told[*shape[i]];
      if (tree.told[i]) {
        EXPECT_TRUE(is_large(tree.units[i].cards(), small)) << line;
        EXPECT_TRUE(lies_in_told) << line;
        continue;
      }
      ++hidden;
      const Votes left = tree.left_around(shape, i);
      EXPECT_GE(left.cards(), small) << line;
      EXPECT_TRUE(alike.cards[i]) << line << " unit " << i;
      EXPECT_TRUE(alike.ada[i] || left.ada == 0) << line << " unit " << i;
      EXPECT_TRUE(alike.bell[i] || left.bell == 0) << line << " unit " << i;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(hidden, 50U);
}

constexpr std::nullopt_t at_top = std::nullopt;

TEST(SmallUnits, NoHiddenFigureOfAnySmallCountCanBeWorkedOut) {
  nothing_hidden_is_worked_out({at_top, at_top}, 18, 3);
  nothing_hidden_is_worked_out({at_top, at_top, at_top}, 11, 3);
  nothing_hidden_is_worked_out({at_top, at_top, at_top}, 40, 10, false);
  nothing_hidden_is_worked_out({at_top, at_top, at_top, at_top}, 9, 3);
  nothing_hidden_is_worked_out({at_top, at_top, at_top, at_top}, 22, 4, false);
  nothing_hidden_is_worked_out({at_top, at_top, at_top, at_top, at_top}, 16, 3, false);
}

// Districts with precincts in them, and one beside a precinct.
TEST(SmallUnits, NeitherCanOneOfUnitsThatLieInOthers) {
  nothing_hidden_is_worked_out({at_top, 0, 0, at_top}, 11, 3);
  nothing_hidden_is_worked_out({at_top, 0, 0, at_top, at_top}, 9, 3);
  nothing_hidden_is_worked_out({at_top, 0, 0, at_top, 3, 3}, 9, 3);
  nothing_hidden_is_worked_out({at_top, 0, 0, at_top, 3, 3}, 18, 4, false);
  nothing_hidden_is_worked_out({at_top, 0, 0, 2, 2, at_top}, 15, 3, false);
  nothing_hidden_is_worked_out({at_top, 0, 0, 0, at_top, at_top}, 14, 3, false);
}

// As large as a county: all that is left anywhere is large.
TEST(SmallUnits, WhatIsLeftOfAnyUnitIsLarge) {
  std::size_t hidden = 0, told = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SeededRandom random(seed);
    Shape shape;
    for (std::size_t i = 0; i < 40; ++i) {
      shape.emplace_back(i == 0 || random.below(3) == 0 ? std::nullopt
                                                        : std::optional(random.below(i)));
    }
    std::vector<Votes> own(shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (!has_none_below(shape, i)) continue;
      own[i] = {random.below(random.below(4) == 0 ? 6 : 400), random.below(6)};
    }
    const Tree tree(shape, own, 10);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      ++(tree.told[i] ? told : hidden);
      const std::uint64_t cards =
          tree.told[i] ? tree.units[i].cards() : tree.left_around(shape, i).cards();
      EXPECT_TRUE(is_large(cards, 10)) << seed;
      EXPECT_TRUE(tree.told[i] || cards > 0) << seed;
    }
  }
  EXPECT_GT(hidden, 1000U);
  EXPECT_GT(told, 1000U);
}

TEST(SmallUnits, ASmallOneIsMergedWithTheSmallestOfTheOthers) {
  const std::vector<CountedUnit> units{
      {at_top, 400}, {at_top, 3}, {at_top, 25}, {at_top, 0}, {at_top, 30}};
  EXPECT_EQ(units_told(458, units, 10), (std::vector<bool>{true, false, false, false, true}));
}

TEST(SmallUnits, ThatNobodyVotedIsToldWhereNoneIsSmall) {
  const std::vector<CountedUnit> units{{at_top, 400}, {at_top, 0}, {at_top, 10}};
  EXPECT_EQ(units_told(410, units, 10), (std::vector<bool>{true, true, true}));
}

TEST(SmallUnits, AllThatAreEquallyLargeAreTreatedTheSame) {
  const std::vector<CountedUnit> units{{at_top, 9}, {at_top, 25}, {at_top, 25}, {at_top, 30}};
  EXPECT_EQ(units_told(89, units, 10), (std::vector<bool>{false, false, false, true}));
}

TEST(SmallUnits, NothingIsToldBelowAUnitThatIsMerged) {
  const std::vector<CountedUnit> units{{at_top, 40}, {0, 20}, {0, 20}, {at_top, 4}, {at_top, 90}};
  EXPECT_EQ(units_told(134, units, 10), (std::vector<bool>{false, false, false, false, true}));
}

}  // namespace
}  // namespace teller
