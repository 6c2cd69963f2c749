// Each check against figures that were added up by hand: one case that it must tell, in its words,
// and the nearest one that it must not.
#include "checks/check_count.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "testing/rules_with.h"

namespace teller {
namespace {

// Six places in Ash. A mayor (one vote), a council (three votes), lists and their people, a judge who
// is ranked: all from sheets; a park from ballots.
Rules rules_of_six_places(
    std::string_view methods = R"([{"id": "in-person", "name": "In person"}])") {
  std::string units = R"([{"id": "ash", "name": "Ash", "kind": "city"})";
  for (int i = 1; i <= 6; ++i) {
    units += fmt::format(
        R"(, {{"id": "p{0}", "name": "Place P{0:02}", "kind": "precinct", "parent": "ash"}})", i);
  }
  units += "]";
  const std::string of_ash = R"("share_base": "votes", "decides": "most votes", "unit": "ash")";
  const std::string contests = fmt::format(R"([
      {{"id": "mayor", "name": "Mayor", "kind": "plurality", "seats": 1, "votes_allowed": 1, "write_ins": true,
        "counted_from": "sheets", {0}, "options": [{{"id": "ada", "name": "Ada"}}, {{"id": "bell", "name": "Bell"}},
                                                   {{"id": "cruz", "name": "Cruz"}}]}},
      {{"id": "council", "name": "Council", "kind": "plurality", "seats": 3, "votes_allowed": 3,
        "counted_from": "sheets", {0}, "options": [{{"id": "dale", "name": "Dale"}}, {{"id": "ezra", "name": "Ezra"}},
                                                   {{"id": "finn", "name": "Finn"}}, {{"id": "gil", "name": "Gil"}}]}},
      {{"id": "lists", "name": "Lists", "kind": "plurality", "counted_from": "sheets", {0},
        "options": [{{"id": "g", "name": "Greens", "parties": ["green"]}}, {{"id": "r", "name": "Roses", "parties": ["rose"]}}]}},
      {{"id": "people", "name": "People", "kind": "plurality", "counted_from": "sheets", {0},
        "options": [{{"id": "hal", "name": "Hal", "parties": ["green"]}}, {{"id": "ike", "name": "Ike", "parties": ["rose"]}},
                    {{"id": "jo", "name": "Jo", "parties": ["green"]}}]}},
      {{"id": "park", "name": "Park", "kind": "plurality", "counted_from": "ballots", {0},
        "options": [{{"id": "yes", "name": "Yes", "kind": "measure"}}, {{"id": "no", "name": "No", "kind": "measure"}}]}}])",
                                           of_ash);
  return rules_with(
      contests,
      {.parties = R"([{"id": "green", "name": "Greens"}, {"id": "rose", "name": "Roses"}])",
       .methods = methods,
       .units = units,
       .styles =
           R"([{"id": "all", "name": "All", "cards": [["mayor", "council", "lists", "people", "park"]]}])"});
}

constexpr ContestId mayor{0}, council{1}, lists{2}, people{3}, park{4};
constexpr std::int64_t withheld = -1, unknown = -2;
UnitId place(std::uint32_t number) { return UnitId{number}; }

class Checks : public testing::Test {
 protected:
  // Options in their order, then counters; what is left out is unknown.
  void sheet(ContestId contest, UnitId unit, const std::vector<std::int64_t>& options,
             const std::map<std::uint16_t, std::int64_t>& counters, MethodId method = {0}) {
    const auto put = [&](std::uint16_t slot, std::int64_t value) {
      totals[{contest, slot, unit, method}] = value == unknown    ? Total{0, 0, 0}
                                              : value == withheld ? Total{0, 0, 1}
                                                                  : Total{value, 1, 0};
    };
    for (std::size_t o = 0; o < options.size(); ++o) put(static_cast<std::uint16_t>(o), options[o]);
    for (const auto& [slot, value] : counters) put(slot, value);
  }
  // A mayor's sheet on which nothing is wrong.
  void quiet(std::uint32_t number, std::int64_t ada, std::int64_t bell, std::int64_t cruz) {
    sheet(mayor, place(number), {ada, bell, cruz},
          {{slot::cards, ada + bell + cruz},
           {slot::write_ins, 0},
           {slot::blank, 0},
           {slot::invalid, 0}});
  }
  // Makes one check alone, with these lines in its table.
  CountChecked check_with(const std::string& lines) {
    auto read = CheckRules::parse(lines, "mine.toml");
    EXPECT_TRUE(read) << to_text(read.error());
    std::vector<TotalRow> rows;
    for (const auto& [key, total] : totals) rows.push_back({key, total, 1});
    auto checked = check_count(
        {rules, registered, rows, falls, voters, earlier, senders, audit, undone, complete}, *read);
    EXPECT_TRUE(checked) << to_text(checked.error());
    return *std::move(checked);
  }
  // What it says, a line each.
  std::string told(const std::string& lines) {
    std::string text;
    for (const CheckFinding& finding : check_with(lines).findings) text += in_words(finding) + "\n";
    return text;
  }

  Rules rules = rules_of_six_places();
  std::map<TotalKey, Total> totals;
  std::map<std::string, std::uint64_t> registered;
  std::vector<FallenFigure> falls;
  std::vector<UnitVoters> voters;
  std::vector<EarlierVotes> earlier;
  std::vector<SenderConflicts> senders;
  std::vector<AuditLine> audit;
  std::vector<UndoneDecision> undone;
  std::vector<CompleteUnit> complete;
};

TEST_F(Checks, APartOfTheCardsThatIsMissingIsToldWithItsSum) {
  const auto with_cards = [&](std::int64_t cards) {
    sheet(mayor, place(5), {20, 15, 4},
          {{slot::cards, cards}, {slot::write_ins, 1}, {slot::blank, 3}, {slot::invalid, 2}});
  };
  with_cards(45);
  EXPECT_EQ(told("[balance]"), "");
  EXPECT_EQ(check_with("[balance]").tallies[0].held, 1U);
  with_cards(46);
  EXPECT_EQ(
      told("[balance]"),
      "Place P05, Mayor: 40 votes + 3 blank + 2 invalid = 45, and 46 cards of 1 vote each are "
      "46: 1 too few\n");
  EXPECT_EQ(told("[balance]\ntolerance = 1"), "");
  with_cards(43);
  EXPECT_EQ(
      told("[balance]"),
      "Place P05, Mayor: 40 votes + 3 blank + 2 invalid = 45, and 43 cards of 1 vote each are "
      "43: 2 too many\n");
  EXPECT_EQ(told("[balance]\ntolerance = 2"), "");
}

TEST_F(Checks, ABlankCardTakesAllItsVotesWithIt) {
  const auto with_cards = [&](std::int64_t cards) {
    sheet(council, place(1), {30, 25, 20, 5},
          {{slot::cards, cards},
           {slot::undervotes, 6},
           {slot::overvotes, 1},
           {slot::blank, 2},
           {slot::invalid, 1}});
  };
  with_cards(32);  // 80 + 6 + 1 + 3 × 3 = 96 = 3 × 32
  EXPECT_EQ(told("[balance]"), "");
  with_cards(33);
  EXPECT_EQ(
      told("[balance]"),
      "Place P01, Council: 80 votes + 6 undervotes + 1 overvote + 3 × (2 blank + 1 invalid) = "
      "96, and 33 cards of 3 votes each are 99: 3 too few\n");
}

TEST_F(Checks, AMissingFigureIsNoZero) {
  // The undervotes are not given: nothing says that cards are missing, but too much is too much.
  sheet(council, place(1), {30, 25, 20, 5},
        {{slot::cards, 33}, {slot::overvotes, 1}, {slot::blank, 2}, {slot::invalid, 1}});
  EXPECT_EQ(told("[balance]"), "");
  EXPECT_EQ(check_with("[balance]").tallies[0].held, 0U);
  EXPECT_EQ(
      told("[balance]\nnot_given = [\"undervotes\"]"),
      "Place P01, Council: 80 votes + 1 overvote + 3 × (2 blank + 1 invalid) = 90, and 33 cards "
      "of 3 votes each are 99: 9 too few\n");
  sheet(council, place(1), {30, withheld, 20, 5},
        {{slot::cards, 22}, {slot::overvotes, 1}, {slot::blank, 2}, {slot::invalid, 1}});
  EXPECT_EQ(told("[balance]"), "");  // 55 + 1 + 9 = 65, of 66.
}

TEST_F(Checks, WhereNothingSaysWhatBecameOfACardNothingIsMissing) {
  const auto with = [&](std::map<std::uint16_t, std::int64_t> counters) {
    totals.clear();
    counters[slot::cards] = 46;
    sheet(mayor, place(5), {20, 15, 4}, counters);
    return check_with("[balance]").tallies[0];
  };
  const auto all = with({{slot::write_ins, 1}, {slot::blank, 3}, {slot::invalid, 2}});
  EXPECT_EQ(std::pair(all.held, all.found), std::pair(1UL, 1UL));
  EXPECT_EQ(with({{slot::write_ins, 1}, {slot::blank, 3}}).held, 0U);
  EXPECT_EQ(with({{slot::write_ins, 1}, {slot::invalid, 2}}).held, 0U);
  EXPECT_EQ(with({{slot::blank, 3}, {slot::invalid, 2}}).held, 0U);  // No write-ins.
  EXPECT_EQ(with({{slot::write_ins, 1}, {slot::undervotes, 3}, {slot::overvotes, 2}}).found, 1U);
}

TEST_F(Checks, WhatASheetGivesIsNeverMoreThanItsCards) {
  sheet(council, place(1), {30, withheld, 20, 5},
        {{slot::cards, 21}, {slot::overvotes, 1}, {slot::blank, 2}, {slot::invalid, 1}});
  EXPECT_EQ(
      told("[balance]"),
      "Place P01, Council: at least 55 votes + 1 overvote + 3 × (2 blank + 1 invalid) = 65, and "
      "21 cards of 3 votes each are 63: 2 too many\n");
}

TEST_F(Checks, AContestFromBallotsIsHeldInFull) {
  const auto put = [&](std::uint16_t slot, std::int64_t value) {
    totals[{park, slot, place(2), {0}}] = {value, 0, 0};
  };
  put(0, 6);
  put(1, 3);
  put(slot::undervotes, 1);
  put(slot::cards, 10);
  EXPECT_EQ(told("[balance]"), "");
  EXPECT_EQ(check_with("[balance]").tallies[0].held, 1U);
  put(slot::cards, 11);
  EXPECT_EQ(
      told("[balance]"),
      "Place P02, Park: 9 votes + 1 undervote + 0 overvotes + 0 blank + 0 invalid = 10, and 11 "
      "cards of 1 vote each are 11: 1 too few\n");
}

TEST_F(Checks, SixtyThousandVotesOnTenCardsAreToldOnce) {
  sheet(mayor, place(5), {35'000, 20'000, 5'000}, {{slot::cards, 10}});
  EXPECT_EQ(told("[votes_above_cards]\n[balance]"),
            "Place P05, Mayor: at least 60,000 votes on 10 cards of 1 vote each\n");
  totals[{mayor, slot::write_ins, place(5), {0}}] = {0, 1, 0};
  EXPECT_EQ(told("[votes_above_cards]\n[balance]"),
            "Place P05, Mayor: 60,000 votes on 10 cards of 1 vote each\n");
  EXPECT_NE(told("[balance]"), "");  // Alone, the other check tells it.
  sheet(mayor, place(5), {6, 3, 1}, {{slot::cards, 10}});
  EXPECT_EQ(told("[votes_above_cards]"), "");
}

TEST_F(Checks, AnOptionHasNoMoreVotesThanThereAreCards) {
  sheet(council, place(1), {11, 2, 2, 2}, {{slot::cards, 10}});
  EXPECT_EQ(told("[votes_above_cards]"), "Place P01, Council: 11 votes for Dale on 10 cards\n");
  sheet(council, place(1), {10, 2, 2, 2}, {{slot::cards, 10}});
  EXPECT_EQ(told("[votes_above_cards]"), "");
}

TEST_F(Checks, AnUnusualShareIsHeldAgainstTheOtherReports) {
  for (const std::uint16_t part : {slot::blank, slot::invalid}) {
    const std::string_view name = slot::name(part);
    const std::string table = fmt::format("[{}_share]\ncards_min = 100\nabove_percent = 5\n", name);
    const auto with = [&](std::uint32_t number, std::int64_t cards, std::int64_t of_it) {
      sheet(mayor, place(number), {1, 1, 1}, {{slot::cards, cards}, {part, of_it}});
    };
    with(1, 200, 30);
    with(2, 200, 8);
    with(3, 100, 4);
    EXPECT_EQ(
        told(table + "times_others = 3"),
        fmt::format("Place P01, Mayor: 30 of 200 cards are {}, 15.00 %; in the other reports of "
                    "this contest 12 of 300, 4.00 %\n",
                    name));
    const auto what = check_with(table).findings.at(0).what;
    with(4, 100, 5);  // Another report changes what it is held against, and not what was found.
    EXPECT_EQ(check_with(table).findings.at(0).what, what);
    EXPECT_EQ(check_with(table).findings.at(0).beside,
              "in the other reports of this contest 17 of 400, 4.25 %");
    totals.erase({mayor, slot::cards, place(4), {0}});
    EXPECT_EQ(told(table + "times_others = 4"), "");  // 15 is less than 4 × 4.
    with(1, 200, 10);                                 // 5 %, and not above it.
    EXPECT_EQ(told(table + "times_others = 1"), "");
    with(1, 99, 60);  // Too few cards to say anything.
    EXPECT_EQ(told(table + "times_others = 1"), "");
    totals.clear();
    with(1, 200, 30);  // There is no other report.
    EXPECT_EQ(told(table + "times_others = 3"),
              fmt::format("Place P01, Mayor: 30 of 200 cards are {}, 15.00 %\n", name));
    with(1, 200, unknown);
    EXPECT_EQ(told(table), "");
    totals.clear();
  }
}

TEST_F(Checks, MoreCardsThanRegisteredVoters) {
  rules = rules_of_six_places(
      R"([{"id": "in-person", "name": "In person"}, {"id": "post", "name": "By post"}])");
  sheet(mayor, place(1), {1, 1, 1}, {{slot::cards, 500}, {slot::registered, 800}});
  sheet(mayor, place(1), {1, 1, 1}, {{slot::cards, 300}, {slot::registered, 800}}, {1});
  EXPECT_EQ(told("[above_registered]"), "");
  EXPECT_EQ(check_with("[above_registered]").tallies[4].held, 1U);
  totals[{mayor, slot::cards, place(1), {1}}].value = 301;
  registered["p1"] = 5'000;  // What the sheets say goes before it.
  EXPECT_EQ(told("[above_registered]"), "Place P01, Mayor: 801 cards, and 800 registered voters\n");
  sheet(mayor, place(2), {1, 1, 1}, {{slot::cards, 90}});
  EXPECT_EQ(check_with("[above_registered]").tallies[4].held, 1U);
  registered["p2"] = 89;
  totals.erase({mayor, slot::cards, place(1), {1}});
  EXPECT_EQ(told("[above_registered]"),
            "Place P02, Mayor: 90 cards, and 89 registered voters (presentation.json)\n");
}

TEST_F(Checks, BallotsSayNothingOfRegisteredVoters) {
  totals[{park, 0, place(2), {0}}] = {10, 0, 0};
  totals[{park, slot::cards, place(2), {0}}] = {10, 0, 0};
  EXPECT_EQ(check_with("[above_registered]").tallies[4].held, 0U);
  registered["p2"] = 10;
  EXPECT_EQ(told("[above_registered]"), "");
  registered["p2"] = 9;
  EXPECT_EQ(told("[above_registered]"),
            "Place P02, Park: 10 cards, and 9 registered voters (presentation.json)\n");
}

TEST_F(Checks, CardsAreNoMoreThanTheVotersWhoCame) {
  totals[{park, 0, place(2), {0}}] = {40, 0, 0};
  totals[{park, slot::cards, place(2), {0}}] = {40, 0, 0};
  EXPECT_EQ(told("[above_check_ins]\n[check_ins_above_registered]\n[above_registered]"), "");
  EXPECT_EQ(check_with("[above_check_ins]").tallies[5].held, 0U);
  voters.resize(rules.units.size());
  voters[2] = {.registered = 50, .checked_in = 40};
  EXPECT_EQ(told("[above_check_ins]\n[check_ins_above_registered]\n[above_registered]"), "");
  EXPECT_EQ(check_with("[above_check_ins]").tallies[5].held, 1U);
  voters[2].checked_in = 39;
  EXPECT_EQ(told("[above_check_ins]"), "Place P02, Park: 40 cards, and 39 voters checked in\n");
  // How few it was exactly is in no message.
  voters[2].checked_in = 9;
  EXPECT_EQ(told("[above_check_ins]"),
            "Place P02, Park: 40 cards, and fewer than 10 voters checked in\n");
  voters[2] = {.registered = 39, .checked_in = 39};
  EXPECT_EQ(told("[above_registered]"),
            "Place P02, Park: 40 cards, and 39 registered voters (the voters' roll)\n");
  registered["p2"] = 38;
  EXPECT_EQ(
      told("[check_ins_above_registered]"),
      "Place P02, Park: 39 voters checked in, and 38 registered voters (presentation.json)\n");
}

TEST_F(Checks, AListHasTheVotesOfItsCandidates) {
  const std::string table = "[list_total]\nlists = \"lists\"\ncandidates = \"people\"\n";
  sheet(lists, place(3), {50, 30}, {});
  sheet(people, place(3), {20, 30, 30}, {});  // Hal and Jo are Greens: 20 + 30.
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(check_with(table).tallies[7].held, 1U);
  sheet(people, place(3), {20, 30, 29}, {});
  EXPECT_EQ(told(table),
            "Place P03, Lists: Greens has 50 votes, and its 2 candidates together 49\n");
  EXPECT_EQ(told(table + "fewer = true"), "");
  sheet(people, place(3), {20, 31, 30}, {});
  EXPECT_EQ(told(table + "fewer = true"),
            "Place P03, Lists: Roses has 30 votes, and its 1 candidates together 31\n");
  sheet(people, place(3), {20, 30, withheld}, {});
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(told("[list_total]"), "");
  const auto no_such =
      CheckRules::parse("[list_total]\nlists = \"x\"\ncandidates = \"people\"", "f");
  const auto checked = check_count({rules, registered, {}, {}}, *no_such);
  ASSERT_FALSE(checked);
  EXPECT_EQ(to_text(checked.error()),
            to_text(Error{Remedy::reject, "checks.invalid",
                          "[list_total] lists: no contest of this election has the id \"x\""}));
}

TEST_F(Checks, TwoUnitsWithTheSameVotes) {
  const std::string table = "[same_votes]\nvotes_min = 100\noptions_min = 3\neach_min = 10\n";
  quiet(1, 60, 30, 10);
  quiet(2, 60, 30, 11);
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(check_with(table).tallies[8].held, 2U);
  quiet(4, 60, 30, 10);
  EXPECT_EQ(told(table),
            "Place P01, Mayor: the same 100 votes of all 3 options as in Place P04 (60; 30; 10)\n");
  EXPECT_EQ(told("[same_votes]\nvotes_min = 101\noptions_min = 3"), "");
  EXPECT_EQ(told("[same_votes]\noptions_min = 4"), "");
  EXPECT_EQ(told("[same_votes]\noptions_min = 3\neach_min = 11"), "");  // Cruz has 10.
  quiet(5, 60, 30, 10);
  EXPECT_EQ(check_with(table).findings.at(0).units.size(), 3U);
}

TEST_F(Checks, AShareFarFromItsNeighbours) {
  quiet(1, 50, 40, 10);
  quiet(2, 52, 38, 10);
  quiet(3, 54, 36, 10);
  quiet(4, 48, 42, 10);
  quiet(5, 90, 5, 5);
  // Ada: median 52; distances 2, 0, 2, 4, 38, of which the median is 2.
  EXPECT_EQ(
      told("[far_share]\npoints_above = 20\ntimes_spread = 18"),
      "Place P05, Mayor: 90 of 100 votes for Ada, 90.00 %; the median of 5 units in Ash is 52.00 "
      "%, and half of them are within 2.00 points of it\n");
  EXPECT_EQ(told("[far_share]\npoints_above = 20\ntimes_spread = 19"), "");
  EXPECT_EQ(told("[far_share]\npoints_above = 38\ntimes_spread = 1"), "");
  EXPECT_EQ(told("[far_share]\nvotes_min = 101"), "");
  EXPECT_EQ(told("[far_share]\nunits_min = 6"), "");
  EXPECT_EQ(check_with("[far_share]").tallies[9].held, 5U);
}

TEST_F(Checks, AUnitThatIsSilentAmongThoseThatReported) {
  for (std::uint32_t i = 1; i <= 5; ++i) quiet(i, 50, 40, 10);
  const std::string table = "[silent_unit]\nunits_min = 4\n";
  EXPECT_EQ(told(table + "reported_percent = 100"),
            "Place P06, Mayor: not reported yet; 5 of 6 units in Ash have\n");
  EXPECT_EQ(told("[silent_unit]\nunits_min = 7"), "");
  for (auto& [key, total] : totals) {
    if (key.unit == place(5)) total = {};  // Withdrawn.
  }
  EXPECT_EQ(told(table + "reported_percent = 81"), "");
  EXPECT_EQ(check_with(table + "reported_percent = 80").findings.size(), 2U);
  sheet(mayor, place(0), {1, 2, 3}, {});  // The city reports for all of them.
  EXPECT_EQ(told(table + "reported_percent = 80"), "");
}

// A county's sheet beside its precincts' was added to them, and nothing said so.
TEST_F(Checks, AUnitThatReportsBesideUnitsInItIsToldWithBothSums) {
  rules = rules_of_six_places(
      R"([{"id": "in-person", "name": "In person"}, {"id": "post", "name": "By post"}])");
  quiet(1, 60, 30, 10);
  quiet(2, 50, 40, 10);
  sheet(mayor, place(0), {110, 70, unknown}, {}, {1});  // Votes by post, which the city counts.
  EXPECT_EQ(told("[two_levels]"), "");
  EXPECT_EQ(check_with("[two_levels]").tallies[11].held, 3U);
  sheet(mayor, place(0), {110, 70, unknown}, {});
  EXPECT_EQ(told("[two_levels]"),
            "Ash, Mayor, In person: 180 votes, and 2 units in it (Place P01, Place P02) have 180: "
            "both are in the sum, 360\n");
  EXPECT_EQ(check_with("[two_levels]").of(Severity::error), 1U);
  for (auto& [key, total] : totals) {
    if (key.unit == place(1) || key.unit == place(2)) total = {};  // Withdrawn.
  }
  EXPECT_EQ(told("[two_levels]"), "");
  sheet(mayor, place(3), {unknown, unknown, 7}, {{slot::cards, 7}});  // Nothing that both give.
  EXPECT_EQ(told("[two_levels]"), "");
  sheet(mayor, place(0), {110, 70, unknown}, {{slot::cards, 200}});
  EXPECT_EQ(told("[two_levels]"),
            "Ash, Mayor, In person: 200 cards, and 1 unit in it (Place P03) has 7: both are in the "
            "sum, 207\n");
}

TEST_F(Checks, AFigureThatFellIsToldWithItsReason) {
  falls.push_back({{mayor, 0, place(5), {0}}, 1500, 1480, 12, "counted again"});
  falls.push_back({{mayor, slot::cards, place(5), {0}}, 1600, 1599, 13, ""});
  EXPECT_EQ(told("[fallen_figure]"),
            "Place P05, Mayor: votes for Ada fell from 1,500 to 1,480 at commit 12: counted again\n"
            "Place P05, Mayor: cards fell from 1,600 to 1,599 at commit 13\n");
}

TEST_F(Checks, ErrorsComeFirstAndSayHowManyAreOpen) {
  quiet(1, 60, 30, 10);
  quiet(2, 60, 30, 10);
  sheet(mayor, place(5), {35'000, 20'000, 5'000}, {{slot::cards, 10}, {slot::write_ins, 0}});
  const CountChecked checked = check_with(
      "[same_votes]\nseverity = \"error\"\noptions_min = 3\n[votes_above_cards]\nseverity = "
      "\"warning\"\n"
      "[silent_unit]\nunits_min = 2\nreported_percent = 40\n");
  std::string severities;
  for (const CheckFinding& finding : checked.findings)
    severities += to_text(finding.severity).front();
  EXPECT_EQ(severities, "ewnnn");
  EXPECT_EQ(checked.open(), 2U);
  EXPECT_EQ(open_in_words(checked), "1 error and 1 warning of checks");
  EXPECT_EQ(open_in_words(check_with("[silent_unit]")), "");
}

TEST_F(Checks, ATableThatIsLeftOutIsNoCheck) {
  sheet(mayor, place(5), {35'000, 20'000, 5'000}, {{slot::cards, 10}});
  EXPECT_EQ(told(""), "");
  EXPECT_EQ(told("[same_votes]"), "");
}

// A share that is told "from 3 %" is told at 3 %; "above 3 %" is not.
TEST_F(Checks, AShareMayBeToldFromAThresholdOn) {
  sheet(mayor, place(1), {97, 0, 0}, {{slot::cards, 100}, {slot::blank, 3}});
  const std::string table = "[blank_share]\ncards_min = 1\ntimes_others = 0\nabove_percent = 3\n";
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(told(table + "from_percent = 3"),
            "Place P01, Mayor: 3 of 100 cards are blank, 3.00 %\n");
  EXPECT_EQ(told(table + "from_percent = 4"), "");
}

TEST_F(Checks, AListWithoutAFigureIsToldWhereItsCandidatesHaveVotes) {
  const std::string table =
      "[list_total]\nlists = \"lists\"\ncandidates = \"people\"\nlist_given = true\n";
  sheet(people, place(3), {20, 30, 30}, {});
  sheet(lists, place(3), {unknown, 30}, {});
  EXPECT_EQ(told(table),
            "Place P03, Lists: Greens gives no votes, and its 2 candidates together 50\n");
  sheet(lists, place(3), {withheld, 30}, {});
  EXPECT_EQ(told(table), "");
  sheet(lists, place(3), {unknown, 30}, {});
  sheet(people, place(3), {0, 30, 0}, {});
  EXPECT_EQ(told(table), "");
}

TEST_F(Checks, CardsThatAreMissingAreToldWhereTheyAreAskedFor) {
  const std::string table = "[no_cards]\ncontests = [\"mayor\"]\n";
  sheet(mayor, place(1), {1, 2, 3}, {{slot::cards, 6}});
  sheet(mayor, place(2), {1, 2, 3}, {{slot::cards, withheld}});
  sheet(council, place(1), {1, 2, 3, 4}, {});
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(check_with(table).tallies[13].held, 1U);
  sheet(mayor, place(3), {1, 2, 3}, {});
  sheet(mayor, place(4), {0, 0, 0}, {{slot::cards, 0}});
  EXPECT_EQ(told(table), "Place P03, Mayor: it gives no cards\nPlace P04, Mayor: 0 cards\n");
  EXPECT_EQ(told("[no_cards]"), "");
}

TEST_F(Checks, RegisteredVotersThatAreMissingAreToldOnceAUnit) {
  const std::string table = "[no_registered]\ncontests = [\"mayor\"]\n";
  sheet(mayor, place(1), {1, 2, 3}, {{slot::registered, 9}});
  sheet(mayor, place(2), {1, 2, 3}, {{slot::registered, withheld}});
  EXPECT_EQ(told(table), "");
  sheet(mayor, place(3), {1, 2, 3}, {});
  sheet(mayor, place(4), {1, 2, 3}, {{slot::registered, 0}});
  EXPECT_EQ(told(table),
            "Place P03, Mayor: nothing says how many voters are registered\n"
            "Place P04, Mayor: 0 registered voters\n");
  registered["p3"] = 9;
  EXPECT_EQ(told(table), "Place P04, Mayor: 0 registered voters\n");
}

TEST_F(Checks, AnOptionThatCountsVotersIsNoMoreThanAreRegistered) {
  const std::string table = "[option_above_registered]\ncontest = \"mayor\"\noption = \"ada\"\n";
  sheet(mayor, place(1), {50, 9, 9}, {{slot::registered, 50}});
  EXPECT_EQ(told(table), "");
  sheet(mayor, place(1), {51, 9, 9}, {{slot::registered, 50}});
  EXPECT_EQ(told(table), "Place P01, Mayor: Ada 51, and 50 registered voters\n");
  sheet(mayor, place(1), {51, 9, 9}, {{slot::registered, 0}});
  EXPECT_NE(told(table), "");
  // That there are none is told by the check that asks for them.
  EXPECT_EQ(told(table + "[no_registered]\ncontests = [\"mayor\"]\n"),
            "Place P01, Mayor: 0 registered voters\n");
}

// The mayor's cards are who was admitted, the council's what was counted, and the lists account for it.
class Admitted : public Checks {
 protected:
  void admitted_and_counted(std::int64_t admitted, std::int64_t counted) {
    sheet(mayor, place(1), {admitted, 0, 0}, {{slot::cards, admitted}});
    sheet(council, place(1), {counted, 0, 0, 0}, {{slot::cards, counted}});
  }
  std::string accounted(std::int64_t more, std::int64_t fewer, const std::string& both = "false") {
    sheet(lists, place(1), {more, fewer}, {});
    return told(
        "[admitted_balance]\nadmitted = \"mayor\"\ncounted = \"council\"\ndifferences = \"lists\"\n"
        "more = \"g\"\nfewer = \"r\"\nboth = " +
        both);
  }
  const std::string difference =
      "[admitted_difference]\nadmitted = \"mayor\"\ncounted = \"council\"\nfrom_percent = "
      "2\nfrom_cards = 15\n";
};

TEST_F(Admitted, ADifferenceIsToldFromAShareOrANumberOn) {
  admitted_and_counted(101, 100);
  EXPECT_EQ(told(difference), "");
  admitted_and_counted(102, 100);
  EXPECT_EQ(told(difference),
            "Place P01, Council: 102 voters admitted, and 100 cards: 2 fewer, 2.00 % of them\n");
  admitted_and_counted(1000, 1014);
  EXPECT_EQ(told(difference), "");
  admitted_and_counted(1000, 1015);
  EXPECT_EQ(
      told(difference),
      "Place P01, Council: 1,000 voters admitted, and 1,015 cards: 15 more, 1.48 % of them\n");
  admitted_and_counted(3, 0);
  EXPECT_EQ(told(difference), "Place P01, Council: 3 voters admitted, and 0 cards: 3 fewer\n");
  admitted_and_counted(0, 0);
  EXPECT_EQ(told(difference), "");
  admitted_and_counted(withheld, 100);
  EXPECT_EQ(told(difference), "");
}

TEST_F(Admitted, WhatAccountsForADifferenceIsExactlyIt) {
  admitted_and_counted(100, 103);
  EXPECT_EQ(accounted(3, 0), "");
  EXPECT_EQ(accounted(3, unknown), "");
  EXPECT_EQ(accounted(withheld, unknown), "");
  const std::string place_and = "Place P01, Council: 100 voters admitted, and 103 cards: ";
  EXPECT_EQ(accounted(2, 0), place_and + "Greens 2, Roses 0; should be 3 and 0\n");
  EXPECT_EQ(accounted(4, 1), place_and + "Greens 4, Roses 1; should be 3 and 0\n");
  EXPECT_EQ(accounted(unknown, unknown),
            place_and + "Greens not given, Roses not given; should be 3 and 0\n");
  admitted_and_counted(103, 100);
  EXPECT_EQ(accounted(unknown, 3), "");
  admitted_and_counted(100, 100);
  EXPECT_EQ(accounted(unknown, unknown), "");
  EXPECT_EQ(accounted(1, 0),
            "Place P01, Council: 100 voters admitted, and 100 cards: Greens 1, Roses 0; should be "
            "0 and 0\n");
}

TEST_F(Admitted, InASumSomePlacesHaveMoreAndOthersFewer) {
  admitted_and_counted(100, 103);
  EXPECT_EQ(accounted(4, 1, "true"), "");
  EXPECT_EQ(
      accounted(4, 2, "true"),
      "Place P01, Council: 103 cards - 4 (Greens) + 2 (Roses) = 101, and 100 voters admitted\n");
  EXPECT_NE(accounted(unknown, unknown, "true"), "");
}

TEST_F(Admitted, WhatACheckNamesIsThere) {
  const auto why = [&](const std::string& lines) {
    const auto read = CheckRules::parse(lines, "mine.toml");
    if (!read) return read.error().detail;
    const auto checked = check_count({rules, registered, {}, {}}, *read);
    return checked ? "" : checked.error().detail;
  };
  EXPECT_EQ(why("[no_cards]\ncontests = [\"x\"]"),
            "[no_cards] contests: no contest of this election has the id \"x\"");
  EXPECT_EQ(why("[option_above_registered]\ncontest = \"mayor\"\noption = \"x\""),
            "[option_above_registered] option: no option of mayor has the id \"x\"");
  EXPECT_EQ(why("[admitted_balance]\nadmitted = \"mayor\"\ncounted = \"council\"\n"
                "differences = \"lists\"\nmore = \"g\"\nfewer = \"x\""),
            "[admitted_balance] fewer: no option of lists has the id \"x\"");
  EXPECT_EQ(why("[admitted_difference]\nadmitted = \"mayor\""),
            "mine.toml:1: [admitted_difference] counted is missing, and the others of this table "
            "are not");
}

TEST_F(Checks, AShareFarFromThatOfTheLastElectionIsToldWithTheSwingOfAll) {
  const auto last_election = [&](std::uint32_t number, std::int64_t ada, std::int64_t bell) {
    earlier.push_back({mayor, place(number), 0, ada});
    earlier.push_back({mayor, place(number), 1, bell});
  };
  for (std::uint32_t i = 1; i <= 4; ++i) last_election(i, 50, 50);
  for (std::uint32_t i = 1; i <= 3; ++i) quiet(i, 60, 40, 0);
  quiet(4, 90, 10, 0);
  // All together: 270 of 400 and 200 of 400, so that everybody moved by 17.5 points.
  const std::string table = "[far_from_before]\nvotes_min = 100\n";
  EXPECT_EQ(
      told(table + "points_above = 22"),
      "Place P04, Mayor: 90 of 100 votes, 90.00 % for Ada; at the last election 50 of 100 votes, "
      "50.00 %: +40.00 points, and +17.50 in all 4 units together\n");
  EXPECT_EQ(told(table + "points_above = 23"), "");
  EXPECT_EQ(check_with(table).tallies[18].held, 4U);
  EXPECT_EQ(told("[far_from_before]\nvotes_min = 101\npoints_above = 0"), "");
  sheet(mayor, place(4), {90, unknown, 0}, {});
  EXPECT_EQ(told(table + "points_above = 22"), "");
  earlier.clear();
  EXPECT_EQ(told(table + "points_above = 0"), "");
}

TEST_F(Checks, ASenderOfManyConflictsIsNamed) {
  senders = {{"scanner-1", 9}, {"scanner-2", 10}};
  EXPECT_EQ(told("[sender_conflicts]\nconflicts_min = 10"),
            "sender scanner-2: 10 of 19 conflicts came from it\n");
  EXPECT_EQ(told("[sender_conflicts]\nconflicts_min = 11"), "");
}

// Ballots and sheets of one unit are cards of it, and those of several contests are on the same ones.
TEST_F(Checks, CardsOfAUnitThatWasDeclaredCompleteAreHeldAgainstIt) {
  const std::string table = "[declared_cards]";
  totals[{whole_unit, slot::cards, place(1), {0}}] = {12, 0, 0};
  sheet(mayor, place(1), {1, 1, 1}, {{slot::cards, 30}});
  sheet(council, place(1), {1, 1, 1, 1}, {{slot::cards, 28}});
  EXPECT_EQ(check_with(table).tallies.back().held, 0U) << "nobody declared anything";
  complete = {{place(1), 42}};
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(check_with(table).tallies.back().held, 1U);
  complete = {{place(1), 43}, {place(2), 1'200}};
  EXPECT_EQ(told(table),
            "Place P01: 42 cards counted, and 43 declared: 1 too few\n"
            "Place P02: not reported yet, and 1,200 cards declared\n");
  EXPECT_EQ(check_with(table).open(), 2U) << "each is an error";
  complete = {{place(1), 40}};
  EXPECT_EQ(told(table), "Place P01: 42 cards counted, and 40 declared: 2 too many\n");
  // Of what is withheld nobody knows whether it is the rest, or more than that.
  sheet(lists, place(1), {1, 1}, {{slot::cards, withheld}});
  EXPECT_EQ(told(table), "Place P01: at least 42 cards counted, and 40 declared: 2 too many\n");
  complete = {{place(1), 50}};
  EXPECT_EQ(told(table), "");
  EXPECT_EQ(check_with(table).tallies.back().held, 0U);
}

class Conduct : public Checks {
 protected:
  void line(const std::string& actor, const std::string& action, const std::string& time) {
    AuditLine one;
    one.number = audit.size();
    one.actor = actor;
    one.action = action;
    one.time_us = parse_utc("2026-05-17T" + time + ".000000Z");
    ASSERT_NE(one.time_us, 0);
    audit.push_back(one);
  }
};

TEST_F(Conduct, WorkAtNightIsToldOnceAPersonAndNight) {
  line("a.huber", "sheet-kept", "00:59:59");
  line("a.huber", "sheet-kept", "01:00:00");
  line("b.meier", "resume", "03:59:59");
  line("a.huber", "token-new", "02:00:00");
  line("b.meier", "resume", "04:00:00");
  EXPECT_EQ(told("[night_work]\nfrom_hour = 1\nto_hour = 4"),
            "a.huber: 2 lines of the audit log between 01:00 and 04:00 UTC, the first at "
            "2026-05-17T01:00:00.000000Z (sheet-kept, token-new)\n"
            "b.meier: 1 line of the audit log between 01:00 and 04:00 UTC, the first at "
            "2026-05-17T03:59:59.000000Z (resume)\n");
  // It is never night before somebody says when, and nothing was looked at.
  EXPECT_EQ(check_with("[night_work]").tallies[20].held, 0U);
  EXPECT_EQ(check_with("[night_work]\nfrom_hour = 5\nto_hour = 5").tallies[20].held, 0U);
  EXPECT_EQ(check_with("[night_work]\nfrom_hour = 5\nto_hour = 6").tallies[20].held, 5U);
  audit.clear();
  line("a.huber", "resume", "22:59:59");
  line("a.huber", "resume", "23:00:00");
  EXPECT_EQ(told("[night_work]\nfrom_hour = 23\nto_hour = 4"),
            "a.huber: 1 line of the audit log between 23:00 and 04:00 UTC, the first at "
            "2026-05-17T23:00:00.000000Z (resume)\n");
}

TEST_F(Conduct, ManyRefusalsInAShortTimeAreToldWithWhenTheyBegan) {
  line("mallory", "refused", "08:00:00");
  line("mallory", "refused", "09:00:00");
  line("a.huber", "refused", "09:01:00");
  line("mallory", "resume", "09:10:00");
  line("mallory", "refused", "09:59:00");
  line("mallory", "refused", "10:00:00");
  const std::string table = "[many_refusals]\nwithin_minutes = 60\n";
  EXPECT_EQ(
      told(table + "refusals_min = 3"),
      "mallory: 3 refusals within 60 minutes, from 2026-05-17T09:00:00.000000Z on; 4 in all\n");
  EXPECT_EQ(told(table + "refusals_min = 4"), "");
}

TEST_F(Conduct, ADecisionThatIsTakenBackAgainAndAgainIsTold) {
  undone = {{"ballot 6a", "reinstate", "a.huber, b.meier"},
            {"ballot 7b", "reinstate", "a.huber, b.meier"}};
  EXPECT_EQ(told("[undone_twice]"), "");
  undone.push_back({"ballot 6a", "reinstate", "c.klein, b.meier"});
  const CountChecked checked = check_with("[undone_twice]");
  ASSERT_EQ(checked.findings.size(), 1U);
  EXPECT_EQ(checked.findings[0].what,
            "ballot 6a was reinstated 2 times, by decisions of a.huber, b.meier; c.klein, b.meier");
  EXPECT_FALSE(checked.findings[0].contest);
  EXPECT_EQ(checked.open(), 0U);  // A note: it does not keep a count from being certified.
  EXPECT_EQ(told("[undone_twice]\ntimes_min = 3"), "");
  undone = {{"the count", "reopen", "a.huber, b.meier"}};
  EXPECT_EQ(told("[undone_twice]\ntimes_min = 1"),
            "the count was reopened 1 time, by decisions of a.huber, b.meier\n");
}

// A nation's polling places: asked every few seconds on its night, it must not be felt.
TEST(ChecksOfANation, EighteenThousandUnitsAreCheckedAtOnce) {
  constexpr std::uint32_t counties = 200, places = 18'000, options = 20;
  std::string units = R"([{"id": "nation", "kind": "nation"})", names;
  for (std::uint32_t c = 0; c < counties; ++c) {
    units += fmt::format(R"(,{{"id": "c{}", "kind": "county"}})", c);
  }
  for (std::uint32_t p = 0; p < places; ++p) {
    units += fmt::format(R"(,{{"id": "p{}", "kind": "place", "parent": "c{}"}})", p, p % counties);
  }
  for (std::uint32_t o = 0; o < options; ++o) {
    names += fmt::format(R"({}{{"id": "o{}"}})", o == 0 ? "" : ",", o);
  }
  const Rules rules = rules_with(
      R"([{"id": "house", "kind": "plurality", "unit": "nation", "counted_from": "sheets", "options": [)" +
          names + "]}]",
      {.units = units + "]"});
  std::vector<TotalRow> rows;
  const auto put = [&](std::uint16_t slot, std::uint32_t unit, std::int64_t value) {
    rows.push_back({{ContestId{0}, slot, UnitId{unit}, MethodId{0}}, {value, 1, 0}, 1});
  };
  for (std::uint16_t o = 0; o < options; ++o) {
    for (std::uint32_t p = 0; p < places; ++p) put(o, 1 + counties + p, 10 + (p * (o + 7)) % 97);
  }
  for (const std::uint16_t counter : {slot::cards, slot::blank, slot::invalid}) {
    for (std::uint32_t p = 0; p < places; ++p) {
      put(counter, 1 + counties + p, counter == slot::cards ? 4'000 : 3);
    }
  }
  const auto began = std::chrono::steady_clock::now();
  const auto checked = check_count({rules, {}, rows, {}}, default_check_rules());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  ASSERT_TRUE(checked);
  RecordProperty("seconds", fmt::format("{:.2f}", seconds));
  EXPECT_EQ(checked->tallies[0].held, places);
  EXPECT_EQ(checked->tallies[9].held, places);
  EXPECT_LT(seconds, 20);  // 0.3 s in a release; sanitizers take their time.
}

}  // namespace
}  // namespace teller
