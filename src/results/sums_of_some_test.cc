#include "results/sums_of_some.h"

#include <array>

#include <gtest/gtest.h>

namespace teller {
namespace {

// Of thing i the figures at points 0, 1, …; -1: it has none there, -2: it is withheld.
sums::Figures figures_with(const std::vector<std::vector<int>>& things) {
  sums::Figures figures;
  for (std::size_t i = 0; i < things.size(); ++i) {
    for (std::size_t point = 0; point < things[i].size(); ++point) {
      if (things[i][point] == -1) continue;
      ResultsTable::Cell cell;
      cell.withheld = things[i][point] == -2;
      cell.value = cell.withheld ? 0 : static_cast<std::uint64_t>(things[i][point]);
      figures.add(i, static_cast<std::uint32_t>(point), cell);
    }
  }
  return figures;
}

using Places = std::vector<std::size_t>;

TEST(SumsOfSome, TheSummandsAreNamedWhereverTheyStand) {
  const auto figures =
      figures_with({{310, 200, 77}, {1000, 1, 900}, {1013, 507, 379}, {703, 307, 302}, {5, 3, 1}});
  const Places all{0, 1, 2, 3, 4};
  EXPECT_EQ(sums::some_that_make(figures, 2, all, {}), (Places{0, 3}));
  EXPECT_EQ(sums::some_that_make(figures, 3, all, {}), Places{});
  EXPECT_EQ(sums::some_that_make(figures, 2, all, {.points_min = 4}), Places{}) << "too few points";
  EXPECT_EQ(sums::some_that_make(figures, 2, all, {.needed = 30.0}), Places{}) << "or chance";
}

TEST(SumsOfSome, OneAloneIsNoSum) {
  const auto figures = figures_with({{310, 200, 77}, {310, 200, 77}, {5, 3, 1}});
  EXPECT_EQ(sums::some_that_make(figures, 0, Places{0, 1, 2}, {}), Places{});
}

TEST(SumsOfSome, APointAtWhichSomethingIsWithheldSaysNothing) {
  const auto figures = figures_with({{310, 200, -2}, {703, 307, 302}, {1013, 507, 999}});
  EXPECT_EQ(sums::some_that_make(figures, 2, Places{0, 1}, {}), (Places{0, 1}));
}

TEST(SumsOfSome, WhatASummandHasElsewhereTheSumMayHaveToHave) {
  const auto figures = figures_with({{310, 200, 77}, {703, 307, 302}, {1013, 507, -1}});
  EXPECT_EQ(sums::some_that_make(figures, 2, Places{0, 1}, {}), (Places{0, 1}));
  EXPECT_EQ(sums::some_that_make(figures, 2, Places{0, 1}, {.everywhere = true}), Places{});
}

TEST(SumsOfSome, OfMoreThan24NothingIsTried) {
  std::vector<std::vector<int>> things;
  for (int i = 0; i < 24; ++i)
    things.push_back({1000 + i * i * i * 31 % 977, 2000 + i * i * 57 % 1013, 1500 + i, 1700 - i});
  std::vector<int> whole(4);
  for (const std::size_t part : std::array<std::size_t, 4>{1, 7, 12, 23}) {
    for (std::size_t point = 0; point < 4; ++point) whole[point] += things[part][point];
  }
  things.push_back(whole);
  Places all;
  for (std::size_t i = 0; i < things.size(); ++i) all.push_back(i);
  EXPECT_EQ(sums::some_that_make(figures_with(things), 24, all, {}), (Places{1, 7, 12, 23}));
  things.push_back({1, 1, 1, 1});
  all.push_back(25);
  EXPECT_EQ(sums::some_that_make(figures_with(things), 24, all, {}), Places{});
}

}  // namespace
}  // namespace teller
