#include "entering/sheet_fields.h"

#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

class SheetFieldsTest : public ::testing::Test {
 protected:
  Rules rules = rules_with(R"([{"id": "mayor", "name": "Mayor", "kind": "plurality",
    "counted_from": "sheets",
    "options": [{"id": "ada"}, {"id": "blank"}, {"id": "option:x"}]}])");
  const Contest& contest = rules.contest(ContestId{0});
};

TEST_F(SheetFieldsTest, EachFieldIsFoundByWhatItIsCalled) {
  for (const std::uint16_t column : sheet_columns(contest)) {
    const auto found = column_called(field_of(column, contest), contest);
    ASSERT_TRUE(found) << field_of(column, contest);
    EXPECT_EQ(*found, column);
  }
}

TEST_F(SheetFieldsTest, AnOptionThatIsCalledLikeAFigureIsNotTakenForIt) {
  const auto either = column_called("blank", contest);
  ASSERT_FALSE(either);
  EXPECT_NE(either.error().detail.find("option:blank or figure:blank"), std::string::npos);
  EXPECT_EQ(*column_called("option:blank", contest), 1);
  EXPECT_EQ(*column_called("figure:blank", contest), slot::blank);
}

TEST_F(SheetFieldsTest, WriteInsAreAFigureWhereTheContestHasThem) {
  EXPECT_FALSE(column_called("write_ins", contest));
}

TEST_F(SheetFieldsTest, WhatWasNotTypedIsAFaultAndNoZero) {
  const auto typed = typed_figures({{"ada", Figure::of(1)}, {"cards", Figure::of(1)}}, contest);
  ASSERT_FALSE(typed);
  EXPECT_EQ(typed.error().code, Code("entering.figures_invalid"));
  EXPECT_NE(typed.error().detail.find("option:blank, option:option:x"), std::string::npos)
      << typed.error().detail;
}

TEST_F(SheetFieldsTest, AnUnknownFigureIsTypedAsSuchAndOneFieldOnce) {
  const std::vector<std::pair<std::string, Figure>> all{
      {"ada", Figure::of(1)}, {"option:blank", Figure{}}, {"option:option:x", Figure::withheld()}};
  const auto typed = typed_figures(all, contest);
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->size(), 2U);
  auto twice = all;
  twice.emplace_back("option:ada", Figure::of(2));
  EXPECT_FALSE(typed_figures(twice, contest));
  EXPECT_FALSE(typed_figures(
      {{"ada", Figure{}}, {"option:blank", Figure{}}, {"option:option:x", Figure{}}}, contest));
}

TEST(Figures, AreReadAsTheyAreWritten) {
  for (const Figure figure : {Figure::of(0), Figure::of(120), Figure::withheld(), Figure{}}) {
    EXPECT_EQ(figure_of_text(to_text(figure)), figure);
  }
  for (const char* wrong : {"", "-1", "1.5", "1,000", "12a", "9007199254740992", "Withheld"}) {
    EXPECT_FALSE(figure_of_text(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace teller
