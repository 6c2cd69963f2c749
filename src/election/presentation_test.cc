#include "election/presentation.h"

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

}  // namespace
}  // namespace teller
