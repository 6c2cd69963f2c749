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

}  // namespace
}  // namespace teller
