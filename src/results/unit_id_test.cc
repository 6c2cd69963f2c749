#include "results/unit_id.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace teller {
namespace {

std::string id_of(const std::vector<std::string>& levels, std::string_view separator = "/") {
  const UnitIdJoiner joiner(separator, levels.size());
  std::string id;
  for (std::size_t i = 0; i < levels.size(); ++i) joiner.append(id, levels[i], i);
  return id;
}

TEST(UnitId, LevelsWithoutTheSeparatorAreJoinedAsTheyAre) {
  EXPECT_EQ(id_of({"tw", "Taipei City", "100 %", "0001"}), "tw/Taipei City/100 %/0001");
  EXPECT_EQ(id_of({"A: ", "B:"}, "::"), "A: ::B:");
}

TEST(UnitId, AUnitOfOneLevelHasItsOwnId) {
  EXPECT_EQ(id_of({"ASHLAND/STOKES BRIDGE"}), "ASHLAND/STOKES BRIDGE");
  EXPECT_EQ(id_of({"50%25"}), "50%25");
}

TEST(UnitId, ASeparatorInALevelIsEscaped) {
  EXPECT_EQ(id_of({"Lee", "ASHLAND/STOKES BRIDGE"}), "Lee/ASHLAND%2FSTOKES BRIDGE");
  EXPECT_EQ(id_of({"A/B", "C"}), "A%2FB/C");
  EXPECT_EQ(id_of({"A", "50% → B"}, "→"), "A→50%25 %E2%86%92 B");
}

// Everything that is short and could be read in two ways.
TEST(UnitId, TwoUnitsNeverHaveOneId) {
  struct Case {
    std::string separator, first, escape;
  };
  for (const auto& [separator, first, escape] :
       {Case{"/", "/", "%2F"}, Case{"::", ":", "%3A"}, Case{"-/-", "-", "%2D"},
        Case{" ", " ", "%20"}, Case{"→", "→", "%E2%86%92"}}) {
    const std::vector<std::string> pieces = {"A", separator, first, "%", "25", escape};
    std::vector<std::string> names;
    for (const std::string& a : pieces) {
      names.push_back(a);
      for (const std::string& b : pieces) {
        names.push_back(a + b);
        for (const std::string& c : pieces) names.push_back(a + b + c);
      }
    }
    std::map<std::string, std::vector<std::string>> units;
    for (const std::string& upper : names) {
      for (const std::string& lower : names) {
        const std::vector<std::string> levels = {upper, lower};
        const auto [found, is_new] = units.try_emplace(id_of(levels, separator), levels);
        ASSERT_TRUE(is_new || found->second == levels)
            << found->first << " is also " << found->second[0] << " and " << found->second[1];
      }
      const UnitIdJoiner joiner(separator, 2);
      std::string id;
      joiner.append(id, upper, 0);
      const auto found = units.find(id);
      ASSERT_TRUE(found == units.end()) << id << " is a unit and one that stands above";
    }
  }
}

TEST(UnitId, ASeparatorThatCouldBeAPartOfAnEscapeCannotJoin) {
  for (const char* good : {"/", "::", " > ", "→", "-"}) {
    EXPECT_TRUE(UnitIdJoiner::can_join(good)) << good;
  }
  for (const char* wrong : {"", "%", "2", "F", "a"}) {
    EXPECT_FALSE(UnitIdJoiner::can_join(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace teller
