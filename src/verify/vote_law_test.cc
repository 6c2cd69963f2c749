// Votes against cards, on sheets by hand. Of ballots: verify_test.cc, check 13.
#include "verify/vote_law.h"

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/store_sqlite.h"
#include "testing/command.h"
#include "testing/rules_with.h"
#include "testing/store_election.h"

namespace teller {
namespace {

// Two votes each, three options and write-ins; a ranked contest; both from sheets.
Rules rules_of_sheets() {
  return rules_with(
      R"([{"id": "council", "kind": "plurality", "votes_allowed": 2, "write_ins": true,
           "counted_from": "sheets", "options": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
          {"id": "judge", "kind": "ranked", "votes_allowed": 3, "counted_from": "sheets",
           "options": [{"id": "d"}, {"id": "e"}]}])",
      {.units = R"([{"id": "north", "kind": "precinct"}])"});
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

TEST(VoteLaw, WhatCannotBeHeldIsNotHeld) {
  EXPECT_TRUE(of(whole).anything_held());
  EXPECT_FALSE(of(without(whole, slot::cards)).anything_held());
  EXPECT_FALSE(against_vote_law(rules_of_sheets(), {}).anything_held());
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

// What people read in pub_sheet_checks, a fact a line: how many sheets were checked how, and of each
// that breaks the law the sentence of check 13.
std::set<std::string> of_the_view(const std::filesystem::path& file) {
  const std::string command =
      "python3 -c '\
import sqlite3, sys\n\
db = sqlite3.connect(sys.argv[1])\n\
for row in db.execute(\"select checked, count(*) from pub_sheet_checks group by 1\"): print(*row)\n\
for contest, unit, method, checked, votes, cards, allowed, most in db.execute(\n\
        \"select contest_id, unit_id, method_id, checked, votes, cards, votes_allowed, most from \"\n\
        \"pub_sheet_checks where wrong = 1\"):\n\
    balances = votes == allowed * cards if checked == \"full\" else votes <= allowed * cards\n\
    print(f\"contest {contest} in {unit}, {method}: {votes} votes, undervotes and overvotes on {cards} \"\n\
          f\"cards with {allowed} each\" + (f\", and {most} of them for one option\" if balances else \"\"))' " +
      file.string();
  std::set<std::string> lines;
  std::istringstream said(output_of(command));
  for (std::string line; std::getline(said, line);) lines.insert(line);
  return lines;
}

// The same of check 13.
std::set<std::string> of_the_check(const Rules& rules, const std::vector<TotalRow>& rows) {
  const VoteLaw law = against_vote_law(rules, rows);
  std::set<std::string> lines(law.wrong.begin(), law.wrong.end());
  for (const auto& [word, sheets] : {std::pair{"full", law.sheets_in_full},
                                     {"part", law.sheets_in_part},
                                     {"not", law.sheets_not}}) {
    if (sheets > 0) lines.insert(fmt::format("{} {}", word, sheets));
  }
  return lines;
}

// Random sheets, and then other ones in their place: the view of the store says what check 13 says.
TEST(VoteLaw, TheViewOfTheStoreSaysTheSame) {
  const Rules rules = rules_of_sheets();
  const Presentation presentation =
      *Presentation::parse(R"({"teller": "presentation/1", "title": "Town"})", "p", rules);
  const CountFile count = ContractElection::count(rules, presentation, 0x5B);
  const std::filesystem::path file =
      fmt::format("{}/teller-sheets-{}.sqlite", testing::TempDir(), ::getpid());
  auto store = SqliteStore::make_file(file);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->create(rules, presentation, count));
  ContractPartition partition(count.id, 0);
  std::map<TotalKey, Total> before;
  std::mt19937 random(13);
  std::set<std::string> kinds;
  for (std::int64_t commit = 1; commit <= 40; ++commit) {
    const bool complete = random() % 3 == 0;
    for (std::uint16_t c = 0; c < 2; ++c) {
      const auto options = static_cast<std::uint16_t>(rules.contests[c].options.size());
      std::int64_t votes = 0;
      for (std::uint16_t i = 0; i <= options + (slot::registered - slot::first_counter); ++i) {
        // The cards last, so that they often carry the votes.
        const auto column =
            static_cast<std::uint16_t>(i < options        ? i
                                       : i == options + 7 ? slot::cards
                                                          : slot::first_counter + 1 + i - options);
        if (column == slot::exhausted) continue;
        auto value = static_cast<std::int64_t>(random() % 20);
        if (column == slot::cards) value = votes / 2 + static_cast<std::int64_t>(random() % 3) - 1;
        if (column == slot::blank || column == slot::invalid) value = 0;
        if (column != slot::registered) votes += value;
        Total total{value, 1, 0};
        if (!complete && random() % 4 == 0) {
          total = {0, 0, static_cast<std::int8_t>(random() % 2)};
        }
        if (value < 0 || random() % 50 == 0) total = {};
        const TotalKey key{ContestId{c}, column, UnitId{0}, MethodId{0}};
        Total by = total;
        by -= before[key];
        before[key] = total;
        if (!by.is_zero()) partition.add(key, by);
      }
    }
    const Bytes change = encode(partition.outcome({.counted = 1}).step());
    const auto done = (*store)->commit(std::span(&change, 1), commit * 1'000'000);
    ASSERT_TRUE(done && done->verdicts.at(0).accepted);
    const std::set<std::string> said = of_the_check(rules, (*store)->snapshot()->totals);
    EXPECT_EQ(of_the_view(file), said) << "commit " << commit;
    for (const std::string& line : said) kinds.insert(line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"contest", "full", "not", "part"}));
  for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + more);
}

}  // namespace
}  // namespace teller
