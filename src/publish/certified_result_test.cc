// What the files of a certified result say, and what they leave out.
#include "publish/certified_result.h"

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "count/step.h"
#include "testing/rules_with.h"

namespace teller {
namespace {

using Shown = nlohmann::json;

Rules rules_of_valley() {
  return rules_with(
      R"([{"id": "mayor", "name": "Mayor", "kind": "plurality", "seats": 1, "votes_allowed": 1,
           "write_ins": false, "share_base": "votes", "decides": "most votes", "unit": "valley",
           "counted_from": "sheets",
           "options": [{"id": "ada", "name": "Ada", "kind": "candidate"},
                       {"id": "bell", "name": "Bell", "kind": "candidate"}]}])",
      {.units = R"([{"id": "valley", "name": "Valley", "kind": "county"},
                    {"id": "east", "name": "East", "kind": "district", "parent": "valley"},
                    {"id": "hill", "name": "Hill", "kind": "precinct", "parent": "east"},
                    {"id": "lake", "name": "Lake", "kind": "precinct", "parent": "east"},
                    {"id": "moor", "name": "Moor", "kind": "precinct", "parent": "east"},
                    {"id": "west", "name": "West", "kind": "precinct", "parent": "valley"}])"});
}

class CertifiedResultTest : public testing::Test {
 protected:
  CertifiedResultTest() {
    count.publication = "certified";
    count.small_units = 10;
  }
  void put(std::uint32_t unit, std::uint16_t slot, Total total) {
    totals[{ContestId{0}, slot, UnitId{unit}, MethodId{0}}] = total;
  }
  // A sheet with these votes, and a card for each.
  void sheet(std::uint32_t unit, std::int64_t ada, std::int64_t bell) {
    put(unit, 0, {ada, 1, 0});
    put(unit, 1, {bell, 1, 0});
    put(unit, slot::cards, {ada + bell, 1, 0});
  }
  CertifiedResult made() {
    Snapshot snapshot;
    snapshot.head.status = "official";
    for (const auto& [key, total] : totals) snapshot.totals.push_back({key, total, 1});
    return certified_result({&rules, &count}, snapshot);
  }
  Shown contest() { return Shown::parse(made().json)["contests"][0]; }
  // "hill 30/20", "lake withheld", …
  std::vector<std::string> lines() {
    std::vector<std::string> said;
    const Shown of = contest();
    for (const Shown& unit : of.at("units")) {
      std::string line = unit["unit"].get<std::string>();
      if (unit["part"] == "itself") line += " itself";
      if (unit.contains("withheld")) {
        line += " withheld";
        EXPECT_FALSE(unit.contains("options") || unit.contains("counters")) << line;
      } else {
        line += fmt::format(" {}/{}", unit["options"][0]["votes"].dump(),
                            unit["options"][1]["votes"].dump());
      }
      said.push_back(line);
    }
    return said;
  }

  const Rules rules = rules_of_valley();
  CountFile count;
  std::map<TotalKey, Total> totals;
};

constexpr std::uint32_t valley = 0, east = 1, hill = 2, lake = 3, moor = 4, west = 5;

TEST_F(CertifiedResultTest, ASmallUnitIsWithheldWithTheSmallestBesideIt) {
  sheet(hill, 300, 200);
  sheet(lake, 2, 1);
  sheet(moor, 17, 8);
  sheet(west, 40, 60);
  EXPECT_EQ(lines(), (std::vector<std::string>{"east 319/209", "hill 300/200", "lake withheld",
                                               "moor withheld", "west 40/60"}));
  EXPECT_EQ(contest()["options"][0]["votes"], 359);
  EXPECT_EQ(contest()["counters"]["cards"], 628);
  const std::string csv = made().csv;
  EXPECT_TRUE(csv.contains("mayor,hill,all,ada,true,300,number\n")) << csv;
  EXPECT_TRUE(csv.contains(
      "mayor,moor,all,,,,\"withheld: fewer than 10 cards, or told together with such\"\n"))
      << csv;
  EXPECT_FALSE(csv.contains(",17,") || csv.contains(",25,")) << csv;
}

TEST_F(CertifiedResultTest, NothingIsSaidBelowADistrictThatIsWithheld) {
  sheet(hill, 30, 20);
  sheet(lake, 20, 10);
  sheet(moor, 15, 5);
  sheet(west, 3, 0);
  EXPECT_EQ(lines(), (std::vector<std::string>{"east withheld", "hill withheld", "lake withheld",
                                               "moor withheld", "west withheld"}));
  EXPECT_EQ(contest()["options"][0]["votes"], 68);
}

// What a district reported beside its precincts is what is left of it when they are taken off.
TEST_F(CertifiedResultTest, WhatAUnitReportsBesideThoseInItIsAPartOfIt) {
  sheet(hill, 30, 20);
  sheet(lake, 20, 10);
  sheet(moor, 25, 15);
  sheet(east, 3, 1);
  sheet(west, 50, 50);
  EXPECT_EQ(lines(),
            (std::vector<std::string>{"east 78/46", "hill 30/20", "lake withheld", "moor 25/15",
                                      "west 50/50", "east itself withheld"}));
  totals.clear();
  sheet(valley, 5, 2);
  sheet(west, 30, 30);
  sheet(hill, 40, 40);
  EXPECT_EQ(lines().back(), "valley itself withheld");
}

TEST_F(CertifiedResultTest, OfAContestOfFewCardsNothingIsSaid) {
  sheet(west, 5, 4);
  EXPECT_TRUE(contest().contains("withheld"));
  EXPECT_FALSE(contest().contains("options") || contest().contains("units"));
  EXPECT_FALSE(made().csv.contains(",5,"));
}

// Else the figure of the only unit that gives it would stand in the sum.
TEST_F(CertifiedResultTest, AColumnThatSomeReportLeavesOutIsNotTold) {
  sheet(hill, 300, 200);
  sheet(lake, 2, 1);
  sheet(moor, 17, 8);
  sheet(west, 40, 60);
  put(moor, 0, {0, 0, 1});  // As its sheet withholds it.
  put(lake, slot::blank, {7, 1, 0});
  const Shown shown = contest();
  EXPECT_EQ(shown["withheld_columns"], (Shown{"ada", "blank"}));
  EXPECT_EQ(shown["options"].size(), 1U);
  EXPECT_EQ(shown["options"][0]["option"], "bell");
  EXPECT_FALSE(shown["counters"].contains("blank"));
}

// A sheet without its cards has as many as its votes take.
TEST_F(CertifiedResultTest, CardsThatASheetDoesNotGiveAreNotTakenForNone) {
  sheet(hill, 300, 200);
  sheet(lake, 90, 80);
  sheet(west, 400, 600);
  put(moor, 0, {4, 1, 0});
  put(moor, 1, {3, 1, 0});
  EXPECT_EQ(lines()[3], "moor withheld");
  put(moor, 0, {40, 1, 0});
  EXPECT_EQ(lines()[3], "moor 40/3");
  put(moor, slot::cards, {0, 1, 0});  // It says that there are none.
  EXPECT_EQ(lines()[3], "moor withheld");
}

TEST_F(CertifiedResultTest, WhereNobodyVotedThereIsNothingToHide) {
  sheet(hill, 300, 200);
  sheet(west, 40, 60);
  sheet(moor, 0, 0);
  EXPECT_EQ(lines(), (std::vector<std::string>{"east 300/200", "hill 300/200", "lake null/null",
                                               "moor 0/0", "west 40/60"}));
}

}  // namespace
}  // namespace teller
