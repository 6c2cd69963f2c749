#include "election/presentation.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/store_election.h"

namespace teller {
namespace {

const std::string png = "\x89PNG\r\n\x1a\nrest";

class PresentationTest : public testing::Test {
 protected:
  const Rules rules = ContractElection::rules();

  Result<Presentation> parse(const std::string& members) const {
    return Presentation::parse("{\"teller\": \"presentation/1\"" + members + "}", "p.json", rules);
  }
  std::string fault_of(const std::string& members) const {
    const auto refused = parse(members);
    return refused ? "" : refused.error().detail;
  }
};

TEST_F(PresentationTest, PhotosBesideItBecomeAPartOfIt) {
  const auto given = parse(R"(, "options": {"mayor/ada": {"photo": "a \"b\".png"}})"
                           "\n");
  ASSERT_TRUE(given) << to_text(given.error());
  EXPECT_EQ(given->photos_beside(), std::vector<std::string>{"a \"b\".png"});

  const auto whole = Presentation::with_photos(given->bytes + " \n", {{"a \"b\".png", png}});
  ASSERT_TRUE(whole);
  const auto again = Presentation::parse(*whole, "p.json", rules);

  ASSERT_TRUE(again) << to_text(again.error());
  EXPECT_TRUE(again->photos_beside().empty());
  EXPECT_EQ(again->options.at("mayor/ada").photo, "a \"b\".png");
}

TEST_F(PresentationTest, APhotoIsAPictureThatABrowserShowsAndIsNotLarge) {
  EXPECT_TRUE(parse(R"(, "photos": {"a": "iVBORw0KGgo="})"));
  EXPECT_NE(fault_of(R"(, "photos": {"a": "PHN2Zz4="})").find("is no PNG, JPEG or WebP"),
            std::string::npos);
  EXPECT_NE(fault_of(R"(, "photos": {"a": "%"})").find("is no base64"), std::string::npos);
  const auto large =
      Presentation::with_photos(R"({"teller": "presentation/1"})",
                                {{"a", png + std::string(Presentation::photo_bytes_max, 'x')}});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "presentation.invalid");
}

TEST_F(PresentationTest, ProfilesAreOfOptionsOfTheRules) {
  EXPECT_TRUE(parse(R"(, "profiles": {"en": {"mayor/ada": "Teaches."}})"));
  EXPECT_NE(fault_of(R"(, "profiles": {"en": {"mayor/eve": "?"}})").find("/profiles/en/mayor/eve"),
            std::string::npos);
}

TEST_F(PresentationTest, WhatPeopleAreShownTurnsNothingRound) {
  EXPECT_TRUE(parse(
      R"(, "texts": {"de": {"mayor": "Amt"}}, "profiles": {"de": {"mayor/ada": "Eins.\n\nZwei."}})"));
  for (const char* members :
       {R"(, "texts": {"de": {"mayor": "a\u202eb"}})", R"(, "texts": {"de": {"mayor": "a\nb"}})",
        R"(, "profiles": {"de": {"mayor/ada": "a\u2066b"}})",
        R"(, "profiles": {"de": {"mayor/ada": "a\u0007b"}})"}) {
    EXPECT_NE(fault_of(members), "") << members;
  }
}

TEST_F(PresentationTest, FiguresOfAnEarlierElectionAreOfUnitsAndOptionsOfTheRules) {
  const auto earlier = [](const char* contest, const char* unit, const char* option, int votes) {
    return fmt::format(
        R"(, "earlier": {{"{}": {{"title": "2020", "units": {{"{}": {{"of": 10, "options": {{"{}": {}}}}}}}}}}})",
        contest, unit, option, votes);
  };
  const std::string unit = rules.units.back().id;
  const auto good = parse(earlier("mayor", unit.c_str(), "ada", 10));
  EXPECT_TRUE(good) << to_text(good.error());
  EXPECT_NE(fault_of(earlier("m", unit.c_str(), "ada", 1)).find("is no contest"),
            std::string::npos);
  EXPECT_NE(fault_of(earlier("mayor", "nowhere", "ada", 1)).find("is no reporting unit"),
            std::string::npos);
  EXPECT_NE(fault_of(earlier("mayor", unit.c_str(), "eve", 1)).find("is no option"),
            std::string::npos);
  EXPECT_NE(fault_of(earlier("mayor", unit.c_str(), "ada", 11)).find("at most the 10 of all"),
            std::string::npos);
}

// A map of the two districts; `units` and `more` are members of it.
std::string map_of(const std::string& units, const std::string& more = "") {
  return fmt::format(
      R"(, "map": {{"source": "Survey", "width": 100, "height": 50, "outline": "M0 0l9-9",
          "shapes": {{"n": [10, 20], "s": [100, 50]}}, "units": {{{}}}{}}})",
      units, more);
}

// A map from which a place is missing in silence looks like a map of everything.
TEST_F(PresentationTest, EveryPlaceIsOnTheMapOnceOrNamedAsNotOnIt) {
  const std::string both = R"("ash/north": "n", "ash/south": "s")";
  const auto good = parse(map_of(both));
  EXPECT_TRUE(good) << to_text(good.error());
  EXPECT_NE(fault_of(map_of(R"("ash/north": "n")", R"(, "shapes_without": {"s": "a lake"})"))
                .find("/map/units/ash/south: is missing"),
            std::string::npos);
  EXPECT_EQ(fault_of(map_of(R"("ash/north": "n")", R"(, "shapes_without": {"s": "a lake"},
                            "units_without": {"ash/south": "votes from abroad"})")),
            "");
  EXPECT_NE(fault_of(map_of(both, R"(, "units_without": {"ash/north/1": "twice"})"))
                .find("/map/units/ash/north/1: is on the map more than once"),
            std::string::npos);
}

TEST_F(PresentationTest, EveryShapeOfAMapIsOfOneUnitOrNamedAsOfNone) {
  const std::string without = R"(, "units_without": {"ash/south": "abroad"})";
  EXPECT_NE(fault_of(map_of(R"("ash/north": "n")", without)).find("/map/shapes/s: is of no unit"),
            std::string::npos);
  EXPECT_NE(fault_of(map_of(R"("ash/north": "n", "ash/south": "n")")).find("the shape of another"),
            std::string::npos);
  EXPECT_NE(fault_of(map_of(R"("ash/north": "n", "ash/west": "s")")).find("is no reporting unit"),
            std::string::npos);
  EXPECT_NE(fault_of(map_of(R"("ash/north": "n", "ash/south": "w")")).find("none of /map/shapes"),
            std::string::npos);
}

// The board and schema/presentation.schema.json take no map without them.
TEST_F(PresentationTest, AMapWithoutOneOfItsMembersIsRefused) {
  const std::map<std::string, std::string> members = {{"source", R"("Survey")"},
                                                      {"width", "9"},
                                                      {"height", "9"},
                                                      {"shapes", R"({"n": [1, 2]})"},
                                                      {"units", R"({"ash": "n"})"}};
  const auto without = [&](std::string_view left_out) {
    std::string map;
    for (const auto& [name, value] : members) {
      if (name == left_out) continue;
      map += fmt::format("{}\"{}\": {}", map.empty() ? "" : ", ", name, value);
    }
    return fault_of(", \"map\": {" + map + "}");
  };
  EXPECT_EQ(without(""), "");
  for (const auto& [name, value] : members) {
    EXPECT_NE(without(name).find("/map/" + name + ": "), std::string::npos) << without(name);
  }
}

TEST_F(PresentationTest, AMapIsMadeOfPlacesWithinItAndOfLines) {
  const auto other = [&](std::string_view was, std::string_view is) {
    std::string members = map_of(R"("ash/north": "n", "ash/south": "s")");
    members.replace(members.find(was), was.size(), is);
    return fault_of(members);
  };
  EXPECT_NE(other("[100, 50]", "[101, 50]").find("/map/shapes/s"), std::string::npos);
  EXPECT_NE(other("[100, 50]", "[50, 51]").find("/map/shapes/s"), std::string::npos);
  EXPECT_NE(other("[100, 50]", "[1]").find("/map/shapes/s"), std::string::npos);
  EXPECT_NE(other("[100, 50]", "[1, 2.5]").find("/map/shapes/s"), std::string::npos);
  EXPECT_NE(other("M0 0l9-9", R"(M0 0\"><x)").find("/map/outline"), std::string::npos);
  EXPECT_NE(other("Survey", "").find("/map/source"), std::string::npos);
  EXPECT_NE(other("\"source\"", "\"sauce\"").find("sauce"), std::string::npos);
}

}  // namespace
}  // namespace teller
