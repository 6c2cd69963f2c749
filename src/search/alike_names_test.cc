#include "search/alike_names.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

using Places = std::vector<std::size_t>;

TEST(AlikeNames, SpellingsOfOneNameAreOneGroup) {
  const auto groups = alike_names(
      {"Zoë Ünal", "Bell", "ZOE UNAL", "zoe-ünal", "Zoe\xCC\x88  Unal", "ZoeUnal", "bell."});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].names, (Places{0, 2, 3, 4, 5}));
  EXPECT_EQ(groups[1].names, (Places{1, 6}));
  EXPECT_EQ(groups[0].perhaps, Places{});
}

// Two people may be a letter apart: that is for somebody to say who knows them.
TEST(AlikeNames, WhatIsMisspelledIsSuggestedAndJoinsNothing) {
  const auto groups =
      alike_names({"Zoë Ünal", "Zoe Unnal", "Zoe Uanl", "Ünal, Zoë", "Mia Frei", "Lee", "Les"});
  ASSERT_EQ(groups.size(), 7U);
  EXPECT_EQ(groups[0].perhaps, (Places{1, 2, 3}));
  EXPECT_EQ(groups[3].perhaps, (Places{0}));
  EXPECT_EQ(groups[4].perhaps, Places{});
  EXPECT_EQ(groups[5].perhaps, Places{}) << "of three letters one is too much";
}

TEST(AlikeNames, WhatHasNoLettersIsAlikeToItselfAlone) {
  const auto groups = alike_names({"—", "?", "—", ""});
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].names, (Places{0, 2}));
  EXPECT_EQ(groups[2].names, (Places{3}));
  EXPECT_EQ(groups[1].perhaps, Places{});
}

TEST(AlikeNames, ADigitIsNeverAMistake) {
  const auto groups = alike_names({"Station 42", "Station 43"});
  EXPECT_EQ(groups[0].perhaps, Places{});
}

}  // namespace
}  // namespace teller
