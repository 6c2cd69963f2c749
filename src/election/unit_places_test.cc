#include "election/unit_places.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(UnitPlaces, TheTopOfAUnitIsRightBelowTheWhole) {
  const auto rules = Rules::parse(
      R"({"teller": "rules/1",
          "election": {"name": "Ash", "date": "2030-05-05", "time_zone": "Europe/Vienna"},
          "methods": [{"id": "in-person"}],
          "units": [{"id": "ash", "kind": "city"},
                    {"id": "north", "kind": "district", "parent": "ash"},
                    {"id": "school", "kind": "polling place", "parent": "north"},
                    {"id": "hall", "kind": "room", "parent": "school"},
                    {"id": "south", "kind": "district", "parent": "ash"},
                    {"id": "elm", "kind": "city"}],
          "contests": [{"id": "mayor", "kind": "plurality", "unit": "ash",
                        "options": [{"id": "a"}, {"id": "b"}]}],
          "styles": [{"id": "all", "cards": [["mayor"]]}]})",
      "rules.json");
  ASSERT_TRUE(rules) << to_text(rules.error());

  const std::vector<UnitPlace> places = unit_places(*rules);

  ASSERT_EQ(places.size(), 6U);
  const std::vector<std::uint32_t> depths{0, 1, 2, 3, 1, 0};
  const std::vector<std::optional<UnitId>> tops{std::nullopt, UnitId{1}, UnitId{1},
                                                UnitId{1},    UnitId{4}, std::nullopt};
  for (std::size_t u = 0; u < places.size(); ++u) {
    EXPECT_EQ(places[u].depth, depths[u]) << u;
    EXPECT_EQ(places[u].top, tops[u]) << u;
  }
}

}  // namespace
}  // namespace teller
