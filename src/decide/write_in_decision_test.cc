// What becomes of one contest of one ballot; whole counts are in tests/embedded/test_write_ins.py.
#include "decide/write_in_decision.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace teller {
namespace {

constexpr OptionId cruz{0}, dora{1}, emil{2};
const std::set<std::string> of_zoe{"Zoe Unal", "Zoë Ünal"};

Selection written(std::vector<OptionId> marks, std::vector<std::string> names) {
  return {ContestId{1}, Selection::Form::marks, std::move(marks), std::move(names), {}};
}

TEST(GivenWriteIn, AMarkStandsInThePlaceOfTheName) {
  const auto given = given_to(written({cruz, emil}, {"", "Mia Frei", "Zoe Unal"}), of_zoe, dora);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->marks, (std::vector{cruz, dora, emil})) << "ascending, as bytes have them";
  EXPECT_EQ(given->write_ins, (std::vector<std::string>{"", "Mia Frei"}));
}

// One person has one vote of a card in a contest.
TEST(GivenWriteIn, TwoSpellingsOrAMarkAndANameAreOneMark) {
  const auto spellings = given_to(written({}, {"Zoe Unal", "Zoë Ünal"}), of_zoe, dora);
  ASSERT_TRUE(spellings);
  EXPECT_EQ(spellings->marks, std::vector{dora});
  EXPECT_TRUE(spellings->write_ins.empty());
  const auto marked = given_to(written({dora}, {"Zoë Ünal"}), of_zoe, dora);
  ASSERT_TRUE(marked);
  EXPECT_EQ(marked->marks, std::vector{dora});
}

TEST(GivenWriteIn, AnotherSpellingOrWhatNobodyCanReadIsNotGiven) {
  EXPECT_FALSE(given_to(written({cruz}, {"", "zoe unal"}), of_zoe, dora));
  EXPECT_FALSE(given_to({ContestId{1}, Selection::Form::blank, {}, {}, {}}, of_zoe, dora));
}

}  // namespace
}  // namespace teller
