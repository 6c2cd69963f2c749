#include "setup/join_rules.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller {
namespace {

// Rules with one contest, in the units Rill and one of its parts.
RulesFile file(const std::string& name, const std::string& contest, const std::string& part,
               const std::string& more = "\"seats\": 1", const std::string& method = "all") {
  const std::string json = fmt::format(
      R"({{"teller": "rules/1", "election": {{"name": "Rill", "date": "2026-05-17", "time_zone": "UTC"}},
"methods": [{{"id": "{3}"}}], "parties": [{{"id": "greens"}}],
"units": [{{"id": "rill", "kind": "city"}}, {{"id": "{1}", "kind": "place", "parent": "rill"}}],
"contests": [{{"id": "{0}", "kind": "plurality", {2}, "unit": "rill", "options": [{{"id": "ada", "parties": ["greens"]}}]}}],
"styles": [{{"id": "all", "cards": [["{0}"]]}}]}})",
      contest, part, more, method);
  auto rules = Rules::parse(json, name);
  EXPECT_TRUE(rules) << rules.error().detail;
  return {name, std::move(*rules)};
}

TEST(JoinRules, FurtherContestsAndUnitsComeBehind) {
  const std::vector<RulesFile> files = {file("a.json", "council", "mill"),
                                        file("b.json", "school", "barn")};
  const auto joined = join_rules(files);
  ASSERT_TRUE(joined) << joined.error().detail;
  const auto rules = Rules::parse(*joined, "joined.json");
  ASSERT_TRUE(rules) << rules.error().detail;
  EXPECT_EQ(rules->contests.size(), 2U);
  EXPECT_EQ(rules->units.size(), 3U);
  EXPECT_EQ(rules->parties.size(), 1U);
  ASSERT_EQ(rules->styles.size(), 1U);
  EXPECT_EQ(rules->styles[0].cards.at(0).contests, (std::vector{ContestId{0}, ContestId{1}}));
}

// What is left out says what its default says.
TEST(JoinRules, TheSameTwiceIsOnce) {
  const std::vector<RulesFile> files = {file("a.json", "council", "mill", "\"seats\": 1"),
                                        file("b.json", "council", "mill", "\"write_ins\": false")};
  const auto joined = join_rules(files);
  ASSERT_TRUE(joined) << joined.error().detail;
  EXPECT_EQ(Rules::parse(*joined, "joined.json")->contests.size(), 1U);
}

TEST(JoinRules, WhatContradictsIsNamed) {
  const std::vector<RulesFile> files = {
      file("a.json", "council", "mill", "\"votes_allowed\": 2"),
      file("b.json", "council", "mill", "\"name\": \"The council\"")};
  const auto joined = join_rules(files);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Code("rules.contradict"));
  EXPECT_EQ(joined.error().detail,
            "contest council: name is \"council\" in a.json and \"The council\" in b.json\n"
            "contest council: votes_allowed is 2 in a.json and 1 in b.json");
}

TEST(JoinRules, MethodsAreTheSameInAll) {
  const std::vector<RulesFile> files = {file("a.json", "council", "mill"),
                                        file("b.json", "school", "mill", "\"seats\": 1", "post")};
  const auto joined = join_rules(files);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().detail,
            "method all: is in a.json and not in b.json; both must have the same methods\n"
            "method post: is in b.json and not in a.json; both must have the same methods");
}

}  // namespace
}  // namespace teller
