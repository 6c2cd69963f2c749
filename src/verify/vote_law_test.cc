// Votes against cards, on sheets by hand. Of ballots: verify_test.cc, check 13.
#include "verify/vote_law.h"

#include <utility>

#include <gtest/gtest.h>

namespace teller {
namespace {

// Two votes each, three options and write-ins; a ranked contest; both from sheets.
Rules rules_of_sheets() {
  auto parsed = Rules::parse(
      R"({"teller": "rules/1",
          "election": {"name": "Town", "date": "2030-05-05", "time_zone": "Europe/Vienna"},
          "methods": [{"id": "in-person"}],
          "units": [{"id": "north", "kind": "precinct"}],
          "contests": [
            {"id": "council", "kind": "plurality", "votes_allowed": 2, "write_ins": true,
             "counted_from": "sheets", "options": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
            {"id": "judge", "kind": "ranked", "votes_allowed": 3, "counted_from": "sheets",
             "options": [{"id": "d"}, {"id": "e"}]}],
          "styles": []})",
      "rules.json");
  return std::move(*parsed);
}

constexpr std::int64_t withheld = -1;

// A sheet: columns with their figures; what is left out is unknown.
using Sheet = std::vector<std::pair<std::uint16_t, std::int64_t>>;

VoteLaw of(const Sheet& sheet, std::uint16_t contest = 0) {
  static const Rules rules = rules_of_sheets();
  std::vector<TotalRow> rows;
  for (const auto& [column, value] : sheet) {
    const Total total = value == withheld ? Total{0, 0, 1} : Total{value, 1, 0};
    rows.push_back({{ContestId{contest}, column, UnitId{0}, MethodId{0}}, total, 1});
  }
  return against_vote_law(rules, rows);
}

const Sheet whole{{0, 80},
                  {1, 60},
                  {2, 40},
                  {slot::cards, 110},
                  {slot::undervotes, 10},
                  {slot::overvotes, 4},
                  {slot::blank, 7},
                  {slot::invalid, 3},
                  {slot::write_ins, 6}};

Sheet without(Sheet sheet, std::uint16_t column) {
  std::erase_if(sheet, [&](const auto& figure) { return figure.first == column; });
  return sheet;
}

TEST(VoteLaw, ASheetThatGivesEverythingMustBalance) {
  EXPECT_TRUE(of(whole).wrong.empty());
  EXPECT_EQ(of(whole).sheets_in_full, 1U);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const std::int64_t by : {-1, 1}) {
      Sheet other = whole;
      other[i].second += by;
      EXPECT_EQ(of(other).wrong.size(), 1U) << i << " " << by;
    }
  }
}

TEST(VoteLaw, ASheetThatLeavesSomethingOutMayNotSayMoreThanItsCards) {
  for (const auto& [column, value] : whole) {
    if (column == slot::cards) continue;
    const VoteLaw law = of(without(whole, column));
    // Without blank ones it says less than it knows, and that is no fault.
    EXPECT_TRUE(law.wrong.empty()) << column;
    EXPECT_EQ(law.sheets_in_part, 1U) << column;
  }
  const VoteLaw law = of({{0, 100}, {1, 100}, {2, 100}, {slot::cards, 100}});
  EXPECT_EQ(law.wrong, (std::vector<std::string>{
                           "contest council in north, in-person: 300 votes, undervotes and "
                           "overvotes on 100 cards with 2 each"}));
  EXPECT_EQ(law.sheets_in_part, 1U);
  EXPECT_TRUE(of({{0, 100}, {1, 100}, {2, withheld}, {slot::cards, 100}}).wrong.empty());
}

TEST(VoteLaw, NoOptionHasMoreVotesThanCards) {
  EXPECT_TRUE(of({{0, 100}, {slot::cards, 100}}).wrong.empty());
  EXPECT_EQ(of({{0, 101}, {slot::cards, 100}}).wrong.size(), 1U);
  EXPECT_EQ(of({{0, 100}, {slot::blank, 1}, {slot::cards, 100}}).wrong.size(), 1U);
}

TEST(VoteLaw, ASheetWithoutCardsOrWithNothingElseCannotBeChecked) {
  for (const Sheet& sheet :
       {without(whole, slot::cards), Sheet{{slot::cards, 100}},
        Sheet{{0, 5}, {slot::cards, withheld}},
        Sheet{{0, withheld}, {1, withheld}, {slot::cards, 20}, {slot::registered, 300}}}) {
    const VoteLaw law = of(sheet);
    EXPECT_TRUE(law.wrong.empty());
    EXPECT_EQ(law.sheets_not, 1U);
    EXPECT_EQ(sheets_in_words(law),
              "result sheets against their cards: 0 in full, 0 as far as they say, "
              "1 cannot be checked");
  }
}

TEST(VoteLaw, ARankedSheetSaysNothingOfExhaustedBallots) {
  const Sheet sheet{{0, 50},
                    {1, 40},
                    {slot::cards, 100},
                    {slot::undervotes, 0},
                    {slot::overvotes, 1},
                    {slot::blank, 2},
                    {slot::invalid, 1}};
  EXPECT_TRUE(of(sheet, 1).wrong.empty());
  EXPECT_EQ(of(sheet, 1).sheets_in_part, 1U);
  EXPECT_EQ(of({{0, 50}, {1, 51}, {slot::cards, 100}}, 1).wrong.size(), 1U);
}

TEST(VoteLaw, WhereThereAreNoSheetsNothingIsSaidOfThem) {
  EXPECT_EQ(sheets_in_words(of({})), "");
  EXPECT_EQ(sheets_in_words(of({{0, 0}, {slot::cards, 0}}, 0)).empty(), false);
}

}  // namespace
}  // namespace teller
