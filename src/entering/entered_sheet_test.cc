#include "entering/entered_sheet.h"

#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

constexpr std::string_view mayor = R"([{"id": "mayor", "name": "Mayor", "kind": "plurality",
  "counted_from": "sheets", "write_ins": true,
  "options": [{"id": "ada", "name": "Ada"}, {"id": "bell", "name": "Bell"}]}])";

class EnteredSheetTest : public ::testing::Test {
 protected:
  // Cards 100, write-ins 0, and as many undervotes, overvotes, blank and invalid ones as make it right.
  [[nodiscard]] SheetFigures figures(std::uint64_t ada, std::uint64_t bell,
                                     std::uint64_t blank = 0) const {
    const auto typed = typed_figures({{"ada", Figure::of(ada)},
                                      {"bell", Figure::of(bell)},
                                      {"cards", Figure::of(100)},
                                      {"write_ins", Figure::of(0)},
                                      {"blank", Figure::of(blank)},
                                      {"invalid", Figure::of(100 - 60 - 40)}},
                                     rules.contest(ContestId{0}));
    EXPECT_TRUE(typed);
    return *typed;
  }
  [[nodiscard]] std::uint16_t column(std::string_view field) const {
    return *column_called(field, rules.contest(ContestId{0}));
  }
  [[nodiscard]] Result<void> types(std::string by, SheetFigures typed, bool anew = false) {
    return entering.type(sheet, {std::move(by), ++now, std::move(typed)}, anew);
  }
  [[nodiscard]] DoneBy done_by(std::string by, std::string reason = "read from the paper") {
    return {std::move(by), std::move(reason), ++now};
  }
  void typed_by_both(const SheetFigures& first, const SheetFigures& second) {
    ASSERT_TRUE(types("one", first));
    ASSERT_TRUE(types("two", second));
  }
  [[nodiscard]] EnteringStep step() const { return entering.step(sheet); }

  Rules rules = rules_with(mayor);
  std::map<std::string, std::uint64_t> registered;
  CheckRules checks = default_check_rules();
  Entering entering{rules, registered, checks};
  EnteredSheet sheet{.key = {UnitId{1}, MethodId{0}, ContestId{0}}};
  std::int64_t now = 0;
};

// Refused with the code, and nothing was changed by it.
#define EXPECT_REFUSED(call, wanted)                    \
  do {                                                  \
    const std::uint64_t changes_before = sheet.changes; \
    const auto answer = (call);                         \
    ASSERT_FALSE(answer);                               \
    EXPECT_EQ(answer.error().code.text(), wanted);      \
    EXPECT_EQ(sheet.changes, changes_before);           \
  } while (false)

TEST_F(EnteredSheetTest, TwoPeopleWhoTypeTheSameMakeASheetThatIsReady) {
  EXPECT_EQ(step(), EnteringStep::untyped);
  ASSERT_TRUE(types("one", figures(60, 40)));
  EXPECT_EQ(step(), EnteringStep::once);
  EXPECT_FALSE(entering.agreed(sheet));
  ASSERT_TRUE(types("two", figures(60, 40)));
  EXPECT_EQ(step(), EnteringStep::ready);
  EXPECT_EQ(entering.agreed(sheet), figures(60, 40));
  ASSERT_TRUE(sheet.ready);
  EXPECT_EQ(sheet.ready->by, "two");
}

TEST_F(EnteredSheetTest, NobodyTypesBothTimes) {
  ASSERT_TRUE(types("one", figures(60, 40)));
  EXPECT_REFUSED(types("one", figures(60, 40)), "entering.same_person");
  EXPECT_EQ(step(), EnteringStep::once);
}

TEST_F(EnteredSheetTest, TheFirstOneTypesAnewWhileNobodyElseHasTyped) {
  EXPECT_REFUSED(types("one", figures(60, 40), true), "entering.not_now");
  ASSERT_TRUE(types("one", figures(6, 40)));
  EXPECT_REFUSED(types("two", figures(60, 40), true), "entering.not_now");
  ASSERT_TRUE(types("one", figures(60, 40), true));
  ASSERT_TRUE(types("two", figures(60, 40)));
  EXPECT_EQ(step(), EnteringStep::ready);
  EXPECT_REFUSED(types("one", figures(1, 1), true), "entering.not_now");
  EXPECT_REFUSED(types("three", figures(60, 40)), "entering.not_now");
}

TEST_F(EnteredSheetTest, WhoHasSeenTheFiguresDoesNotTypeThem) {
  sheet.seen.insert("three");
  EXPECT_REFUSED(types("three", figures(60, 40)), "entering.seen");
  ASSERT_TRUE(types("one", figures(60, 40)));
  EXPECT_REFUSED(types("three", figures(60, 40)), "entering.seen");
}

TEST_F(EnteredSheetTest, FiguresThatDifferAreNamedAndNoOthers) {
  typed_by_both(figures(60, 40), figures(60, 41));
  EXPECT_EQ(step(), EnteringStep::different);
  const auto open = entering.unsettled(sheet);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open.front().column, column("bell"));
  EXPECT_EQ(open.front().first, Figure::of(40));
  EXPECT_EQ(open.front().second, Figure::of(41));
}

TEST_F(EnteredSheetTest, AFigureThatOneOfThemLeftOutDiffers) {
  SheetFigures without = figures(60, 40);
  put_figure(without, slot::invalid, Figure{});
  typed_by_both(figures(60, 40), without);
  ASSERT_EQ(entering.unsettled(sheet).size(), 1U);
  EXPECT_EQ(entering.unsettled(sheet).front().second, Figure{});
}

TEST_F(EnteredSheetTest, OneOfTheTypingsIsKeptBySomebodyElse) {
  typed_by_both(figures(60, 40), figures(61, 41));
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("one")), "entering.same_person");
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("two")), "entering.same_person");
  EXPECT_REFUSED(entering.keep(sheet, "somebody", done_by("chair")), "entering.not_now");
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair", "")), "entering.reason_missing");
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair", "a\nb")), "entering.reason_missing");
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair", std::string(501, 'x'))),
                 "entering.reason_missing");
  ASSERT_TRUE(entering.keep(sheet, "one", done_by("chair")));
  EXPECT_EQ(entering.agreed(sheet), figures(60, 40));
  EXPECT_EQ(step(), EnteringStep::ready);
  EXPECT_REFUSED(entering.keep(sheet, "two", done_by("chair")), "entering.not_now");
}

TEST_F(EnteredSheetTest, NothingIsKeptWhereNothingDiffers) {
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair")), "entering.not_now");
  typed_by_both(figures(70, 40), figures(70, 40));
  EXPECT_EQ(step(), EnteringStep::error);
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair")), "entering.not_now");
}

TEST_F(EnteredSheetTest, AFigureThatIsReadAgainStandsWhereSomebodyElseHasReadTheSame) {
  typed_by_both(figures(60, 40), figures(61, 41));
  EXPECT_REFUSED(entering.retype(sheet, column("ada"), Figure::of(60), done_by("two")),
                 "entering.same_person");
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")));
  ASSERT_EQ(entering.unsettled(sheet).size(), 1U);
  EXPECT_EQ(entering.unsettled(sheet).front().column, column("bell"));
  ASSERT_TRUE(entering.retype(sheet, column("bell"), Figure::of(40), done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::ready);
}

TEST_F(EnteredSheetTest, AThirdNumberStandsOnlyWhenASecondPersonReadsItToo) {
  typed_by_both(figures(61, 40), figures(62, 40));
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::different);
  // The same person's word twice is one person's word.
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")));
  EXPECT_EQ(sheet.retyped.size(), 1U);
  EXPECT_EQ(step(), EnteringStep::different);
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("deputy")));
  EXPECT_EQ(step(), EnteringStep::ready);
  EXPECT_EQ(entering.agreed(sheet), figures(60, 40));
}

TEST_F(EnteredSheetTest, NothingIsReadAgainBeforeBothHaveTyped) {
  EXPECT_REFUSED(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")),
                 "entering.not_now");
  ASSERT_TRUE(types("one", figures(60, 40)));
  EXPECT_REFUSED(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")),
                 "entering.not_now");
}

TEST_F(EnteredSheetTest, AnErrorOfBothIsMendedAndNotExplained) {
  typed_by_both(figures(70, 40), figures(70, 40));
  EXPECT_EQ(step(), EnteringStep::error);
  EXPECT_REFUSED(entering.explain(sheet, CheckKind::votes_above_cards, done_by("chair")),
                 "entering.not_now");
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::different);
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("deputy")));
  EXPECT_EQ(step(), EnteringStep::ready);
}

TEST_F(EnteredSheetTest, AWarningKeepsTheSheetBackUntilItIsExplained) {
  typed_by_both(figures(50, 40, 10), figures(50, 40, 10));
  EXPECT_EQ(step(), EnteringStep::warning);
  EXPECT_REFUSED(entering.explain(sheet, CheckKind::invalid_share, done_by("chair")),
                 "entering.not_now");
  EXPECT_REFUSED(entering.explain(sheet, CheckKind::blank_share, done_by("one")),
                 "entering.same_person");
  EXPECT_REFUSED(entering.explain(sheet, CheckKind::blank_share, done_by("chair", "")),
                 "entering.reason_missing");
  ASSERT_TRUE(
      entering.explain(sheet, CheckKind::blank_share, done_by("chair", "the school voted")));
  EXPECT_EQ(step(), EnteringStep::ready);
  ASSERT_EQ(sheet.explained.size(), 1U);
  EXPECT_EQ(sheet.explained.front().done_by.reason, "the school voted");
}

TEST_F(EnteredSheetTest, AnExplanationIsOfOneFigureAndNotOfAnother) {
  typed_by_both(figures(50, 40, 10), figures(49, 40, 11));
  ASSERT_TRUE(entering.keep(sheet, "one", done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::warning);
  sheet.explained.push_back({CheckKind::blank_share, "another finding", done_by("chair")});
  EXPECT_EQ(step(), EnteringStep::warning);
}

TEST_F(EnteredSheetTest, ATypingIsLeftOutAndTypedAnew) {
  EXPECT_REFUSED(entering.again(sheet, "", done_by("chair")), "entering.not_now");
  typed_by_both(figures(60, 40), figures(6, 4));
  EXPECT_REFUSED(entering.again(sheet, "somebody", done_by("chair")), "entering.not_now");
  EXPECT_REFUSED(entering.again(sheet, "two", done_by("one")), "entering.same_person");
  ASSERT_TRUE(entering.again(sheet, "one", done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::once);
  EXPECT_EQ(sheet.first->by, "two");
  EXPECT_REFUSED(types("two", figures(60, 40)), "entering.same_person");
  ASSERT_TRUE(entering.again(sheet, "", done_by("chair")));
  EXPECT_EQ(step(), EnteringStep::untyped);
  typed_by_both(figures(60, 40), figures(60, 40));
  EXPECT_EQ(step(), EnteringStep::ready);
}

TEST_F(EnteredSheetTest, WhatWasReadAgainIsForgottenWithTheTypingsThatItWasHeldAgainst) {
  typed_by_both(figures(61, 40), figures(62, 40));
  ASSERT_TRUE(entering.retype(sheet, column("ada"), Figure::of(60), done_by("chair")));
  ASSERT_TRUE(entering.again(sheet, "two", done_by("chair")));
  ASSERT_TRUE(types("three", figures(61, 40)));
  EXPECT_EQ(step(), EnteringStep::error);  // 61 and 40 of 100: as both have read it.
  EXPECT_TRUE(sheet.retyped.empty());
}

TEST_F(EnteredSheetTest, WhatIsReadyDoesNotChangeAndWhatWasDeliveredIsTypedAnewAsACorrection) {
  typed_by_both(figures(60, 40), figures(60, 40));
  EXPECT_REFUSED(entering.again(sheet, "", done_by("chair")), "entering.not_now");
  EXPECT_REFUSED(entering.retype(sheet, column("ada"), Figure::of(1), done_by("chair")),
                 "entering.not_now");
  entering.bring(sheet, {.delivery = 1, .became = "new", .stands = true, .at_us = ++now});
  EXPECT_EQ(step(), EnteringStep::delivered);
  EXPECT_REFUSED(types("three", figures(60, 40)), "entering.not_now");
  EXPECT_REFUSED(entering.retype(sheet, column("ada"), Figure::of(1), done_by("chair")),
                 "entering.not_now");
  EXPECT_REFUSED(entering.keep(sheet, "one", done_by("chair")), "entering.not_now");
  EXPECT_REFUSED(entering.explain(sheet, CheckKind::blank_share, done_by("chair")),
                 "entering.not_now");
  EXPECT_REFUSED(entering.again(sheet, "one", done_by("chair")), "entering.not_now");
  ASSERT_TRUE(entering.again(sheet, "", done_by("chair", "counted again")));
  EXPECT_EQ(step(), EnteringStep::untyped);
  EXPECT_EQ(sheet.correction, "counted again");
}

TEST_F(EnteredSheetTest, WhatDidNotStandIsTypedAnewWithoutACorrection) {
  typed_by_both(figures(60, 40), figures(60, 40));
  entering.bring(sheet, {.delivery = 1, .became = "stale", .stands = false, .at_us = ++now});
  EXPECT_EQ(step(), EnteringStep::left_out);
  ASSERT_TRUE(entering.again(sheet, "", done_by("chair")));
  EXPECT_TRUE(sheet.correction.empty());
}

TEST_F(EnteredSheetTest, RegisteredVotersOfThePresentationAreHeldAgainstTheCards) {
  registered["north"] = 99;
  typed_by_both(figures(60, 40), figures(60, 40));
  EXPECT_EQ(step(), EnteringStep::error);
}

}  // namespace
}  // namespace teller
