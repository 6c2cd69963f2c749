#include "checks/check_sheet.h"

#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

class CheckSheetTest : public ::testing::Test {
 protected:
  // 60 and 40 votes on so many cards.
  [[nodiscard]] static Sheet sheet_of_cards(std::uint64_t cards) {
    Sheet sheet;
    sheet.unit = UnitId{1};
    sheet.cards = Figure::of(cards);
    sheet.blank = sheet.invalid = Figure::of(0);
    sheet.votes = {{OptionId{0}, Figure::of(60)}, {OptionId{1}, Figure::of(40)}};
    return sheet;
  }
  [[nodiscard]] std::vector<CheckKind> found(const Sheet& sheet) const {
    std::vector<CheckKind> kinds;
    for (const CheckFinding& one : check_sheet(rules, registered, sheet, default_check_rules())) {
      kinds.push_back(one.kind);
    }
    return kinds;
  }

  const Rules rules = rules_with(R"([{"id": "mayor", "name": "Mayor", "kind": "plurality",
    "counted_from": "sheets", "options": [{"id": "ada"}, {"id": "bell"}]}])");
  std::map<std::string, std::uint64_t> registered;
};

TEST_F(CheckSheetTest, ASheetThatAddsUpHasNoFinding) {
  EXPECT_TRUE(found(sheet_of_cards(100)).empty());
}

TEST_F(CheckSheetTest, TheArithmeticOfOneSheetIsMade) {
  EXPECT_EQ(found(sheet_of_cards(99)), std::vector{CheckKind::votes_above_cards});
  EXPECT_EQ(found(sheet_of_cards(101)), std::vector{CheckKind::balance});
}

TEST_F(CheckSheetTest, AShareIsHeldAgainstItsThresholdAndErrorsComeFirst) {
  Sheet sheet = sheet_of_cards(120);
  sheet.blank = Figure::of(30);
  EXPECT_EQ(found(sheet), (std::vector{CheckKind::balance, CheckKind::blank_share}));
}

TEST_F(CheckSheetTest, RegisteredVotersAreThoseOfTheSheetElseOfThePresentation) {
  registered["north"] = 99;
  EXPECT_EQ(found(sheet_of_cards(100)), std::vector{CheckKind::above_registered});
  Sheet sheet = sheet_of_cards(100);
  sheet.registered = Figure::of(200);
  EXPECT_TRUE(found(sheet).empty());
}

TEST_F(CheckSheetTest, WhatIsNotKnownIsNotHeldAgainstAnything) {
  Sheet sheet = sheet_of_cards(1);
  sheet.cards = Figure::withheld();
  EXPECT_TRUE(found(sheet).empty());
}

TEST_F(CheckSheetTest, ChecksAmongSheetsAreNotMade) {
  for (const CheckKind kind : {CheckKind::silent_unit, CheckKind::same_votes, CheckKind::far_share,
                               CheckKind::list_total}) {
    EXPECT_FALSE(is_of_one_sheet(kind));
  }
  // Of two units one is silent, which no sheet can help.
  EXPECT_TRUE(found(sheet_of_cards(100)).empty());
}

}  // namespace
}  // namespace teller
