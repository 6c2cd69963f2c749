#include "election/unit_places.h"

#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

TEST(UnitPlaces, TheTopOfAUnitIsRightBelowTheWhole) {
  const Rules rules = rules_with(
      R"([{"id": "mayor", "kind": "plurality", "unit": "ash", "options": [{"id": "a"}, {"id": "b"}]}])",
      {.units = R"([{"id": "ash", "kind": "city"},
                    {"id": "north", "kind": "district", "parent": "ash"},
                    {"id": "school", "kind": "polling place", "parent": "north"},
                    {"id": "hall", "kind": "room", "parent": "school"},
                    {"id": "south", "kind": "district", "parent": "ash"},
                    {"id": "elm", "kind": "city"}])",
       .styles = R"([{"id": "all", "cards": [["mayor"]]}])"});

  const std::vector<UnitPlace> places = unit_places(rules);

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
