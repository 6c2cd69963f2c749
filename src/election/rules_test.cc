// What reading rules says of wrong ones, and what it costs.
#include "election/rules.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller {
namespace {

// `precincts` in a land, and one contest. With a fault where `wrong` says what to put in.
std::string rules_of(std::size_t precincts, std::string_view wrong = "") {
  std::string text =
      R"({"teller": "rules/1", "election": {"name": "E", "date": "2026-05-03", "time_zone": "UTC"},
"methods": [{"id": "m"}], "contests": [{"id": "c", "kind": "plurality", "options": [{"id": "o"}]}],
"units": [{"id": "land", "kind": "country"})";
  for (std::size_t i = 0; i < precincts; ++i) {
    text += fmt::format(
        ",\n{{\"id\": \"precinct-{}\", \"kind\": \"precinct\", \"parent\": \"land\"}}", i);
  }
  return text + std::string(wrong) + "]}";
}

double cpu_seconds(const std::string& text) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {  // A busy machine makes it longer, never shorter.
    const double begin = now();
    EXPECT_TRUE(Rules::parse(text, "rules.json"));
    least = std::min(least, now() - begin);
  }
  return least;
}

// What grows with the square of the units is 16 times as much for four times as many: a nation's
// rules took six minutes once.
TEST(Rules, FourTimesTheUnitsCostAboutFourTimesAsMuch) {
  const double few = cpu_seconds(rules_of(40'000));
  EXPECT_LT(cpu_seconds(rules_of(160'000)), 8 * few);
}

TEST(Rules, AFaultIsNamedByLineAndPathAmongManyUnits) {
  const auto rules = Rules::parse(rules_of(50'000, R"(,
{"id": "x", "kind": "precinct", "parent": "nowhere", "b": 1, "a": 1},
{"id": "precinct-7", "kind": 7})"),
                                  "rules.json");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, "rules.invalid");
  EXPECT_EQ(
      rules.error().detail,
      "rules.json:50004: /units/50001/a: is not known here; known are: id, name, kind, parent\n"
      "rules.json:50004: /units/50001/b: is not known here; known are: id, name, kind, parent\n"
      "rules.json:50004: /units/50001/parent: \"nowhere\" is no unit before this one; a parent "
      "stands before its children\n"
      "rules.json:50005: /units/50002/kind: must be a text without control characters\n"
      "rules.json:50005: /units/50002/id: \"precinct-7\" stands in this list twice");
}

TEST(Rules, EveryThingIsFoundByItsId) {
  const auto rules = Rules::parse(rules_of(1'000), "rules.json");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->find_unit("precinct-999"), UnitId{1'000});
  EXPECT_EQ(rules->find_unit("precinct-1000"), std::nullopt);
  EXPECT_EQ(rules->find_contest("c"), ContestId{0});
  EXPECT_EQ(rules->find_party("p"), std::nullopt);
  EXPECT_EQ(rules->leaf_units({0}), 1'000U);
}

// A state with two towns of two places each; who gets which ballot is `styles`.
Result<Rules> with_styles(const std::string& styles) {
  std::string units = R"({"id": "state", "kind": "state"})";
  for (const char* town : {"a", "b"}) {
    units += fmt::format(R"(, {{"id": "{0}", "kind": "town", "parent": "state"}},
      {{"id": "{0}1", "kind": "place", "parent": "{0}"}},
      {{"id": "{0}2", "kind": "place", "parent": "{0}"}})",
                         town);
  }
  return Rules::parse(
      R"({"teller": "rules/1",
          "election": {"name": "E", "date": "2030-05-05", "time_zone": "UTC"},
          "methods": [{"id": "m"}], "units": [)" +
          units + R"(], "contests": [
            {"id": "all", "kind": "plurality", "unit": "state", "options": [{"id": "x"}]},
            {"id": "some", "kind": "plurality", "unit": "state", "options": [{"id": "x"}]},
            {"id": "town", "kind": "plurality", "unit": "a", "options": [{"id": "x"}]}],
          "styles": [)" +
          styles + "]}",
      "rules.json");
}

std::string expected(const Rules& rules, const char* contest) {
  const ContestId id = *rules.find_contest(contest);
  std::string ids;
  for (const UnitId unit : rules.units_expected(id))
    ids += (ids.empty() ? "" : " ") + rules.units[unit.value].id;
  EXPECT_EQ(rules.count_expected(id), rules.units_expected(id).size());
  return ids;
}

TEST(Rules, AReportIsWaitedForFromTheUnitsInWhichAStyleCarriesTheContest) {
  const auto everywhere = with_styles(R"({"id": "s", "cards": [["all", "some", "town"]]})");
  ASSERT_TRUE(everywhere);
  EXPECT_EQ(expected(*everywhere, "all"), "a1 a2 b1 b2");
  EXPECT_EQ(expected(*everywhere, "town"), "a1 a2") << "decided in one town";

  const auto some =
      with_styles(R"({"id": "s", "cards": [["all", "some", "town"]], "units": ["b2", "a"]},
      {"id": "t", "cards": [["all"]], "units": ["b1"]},
      {"id": "u", "cards": [["some"]], "units": ["a1"]},
      {"id": "v", "cards": [["some"]], "units": []})");
  ASSERT_TRUE(some) << to_text(some.error());
  EXPECT_EQ(expected(*some, "all"), "a1 a2 b1 b2");
  EXPECT_EQ(expected(*some, "some"), "a1 a2 b2") << "a1 is below a, which stands for it already";
  EXPECT_EQ(expected(*some, "town"), "a1 a2");

  const auto above = with_styles(R"({"id": "s", "cards": [["town"]], "units": ["state"]},
      {"id": "t", "cards": [["all"]], "units": ["b"]})");
  ASSERT_TRUE(above);
  EXPECT_EQ(expected(*above, "town"), "a1 a2") << "no more than the unit in which it is decided";
  EXPECT_EQ(expected(*above, "all"), "b1 b2");
  EXPECT_EQ(expected(*above, "some"), "a1 a2 b1 b2")
      << "on no card: sheets may come from everywhere";
}

TEST(Rules, AStyleNamesUnitsThatThereAreOnce) {
  const auto rules = with_styles(R"({"id": "s", "cards": [["all"]], "units": ["a", "c", "a"]})");
  ASSERT_FALSE(rules);
  EXPECT_NE(rules.error().detail.find("/styles/0/units/1: \"c\" is no reporting unit"),
            std::string::npos)
      << rules.error().detail;
  EXPECT_NE(rules.error().detail.find("/styles/0/units: a unit stands here twice"),
            std::string::npos);
}

}  // namespace
}  // namespace teller
