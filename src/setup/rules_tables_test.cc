#include "setup/rules_tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "setup/typed_table.h"
#include "testing/folder.h"

namespace teller {
namespace {

class TablesOfRules : public testing::Test {
 protected:
  RulesTables tables(std::string_view contests, std::string_view options, std::string_view units) {
    return {.workbook = {},
            .contests = folder_.write("contests.csv", contests),
            .options = folder_.write("options.csv", options),
            .units = folder_.write("units.csv", units)};
  }
  // Without the folder's name.
  std::string plain(std::string text) {
    const std::string folder = folder_.path().string() + "/";
    for (std::size_t at = 0; (at = text.find(folder)) != std::string::npos;)
      text.erase(at, folder.size());
    return text;
  }
  std::string faults(const RulesTables& of) {
    const auto made = rules_of_tables(of, head_);
    EXPECT_FALSE(made);
    return made ? "" : plain(made.error().detail);
  }
  Rules rules(const RulesTables& of) {
    auto made = rules_of_tables(of, head_);
    EXPECT_TRUE(made) << made.error().detail;
    notes_ = made->notes;
    auto parsed = Rules::parse(made->text, "rules.json");
    EXPECT_TRUE(parsed) << parsed.error().detail;
    return std::move(*parsed);
  }

  TestFolder folder_;
  RulesHead head_{.election = "Council of Little Rill",
                  .date = "2026-05-17",
                  .time_zone = "Europe/Zurich",
                  .methods = {}};
  std::vector<std::string> notes_;
};

TEST_F(TablesOfRules, ACellThatIsEmptyHasADefault) {
  const Rules made =
      rules(tables("Contest,Seats\nCouncil,2\n", "Candidate,Party\nAda,Greens\nBell,\n",
                   "Unit,Parent,Kind\nLittle Rill,,municipality\n"
                   "Old mill,Little Rill,polling-place\n"));
  const Contest& council = made.contests.at(0);
  EXPECT_EQ(council.id, "Council");
  EXPECT_EQ(council.seats, 2);
  EXPECT_EQ(council.votes_allowed, 1);
  EXPECT_TRUE(made.counted_from(ContestId{0}, MethodId{0}, CountedFrom::ballots));
  EXPECT_EQ(council.options.at(0).parties.size(), 1U);
  EXPECT_TRUE(council.options.at(1).parties.empty());
  EXPECT_EQ(made.units.at(1).id, "Little Rill/Old mill");
  EXPECT_EQ(made.units.at(1).parent, UnitId{0});
  EXPECT_EQ(council.unit, UnitId{1});
  EXPECT_EQ(made.styles.size(), 1U);
  EXPECT_EQ(made.styles.at(0).id, "all");
  EXPECT_TRUE(notes_.empty());
}

TEST_F(TablesOfRules, TheSameTablesGiveTheSameBytes) {
  const auto of = tables("contest\nCouncil\nMayor\n", "option,contest\nAda,Council\nBen,Mayor\n",
                         "unit\nA\nB\n");
  EXPECT_EQ(rules_of_tables(of, head_)->text, rules_of_tables(of, head_)->text);
}

TEST_F(TablesOfRules, UnitsWithoutAParentArePutBelowTheElection) {
  const Rules made =
      rules(tables("contest\nCouncil\n", "option\nAda\n", "unit\nOld mill\nSchool/2\n"));
  ASSERT_EQ(made.units.size(), 3U);
  EXPECT_EQ(made.units[0].name, "Council of Little Rill");
  EXPECT_EQ(made.units[1].id, "Old mill");
  EXPECT_EQ(made.units[2].id, "School/2");
  EXPECT_EQ(made.units[2].parent, UnitId{0});
  EXPECT_EQ(made.contests[0].unit, UnitId{0});
  ASSERT_EQ(notes_.size(), 1U);
}

// A child may stand before its parent; two units of one name have two parents.
TEST_F(TablesOfRules, AParentStandsBeforeItsChildrenWhateverTheOrderOfRows) {
  const Rules made =
      rules(tables("contest\nCouncil\n", "option\nAda\n",
                   "unit,parent\nWard 1,Lee\nLee,State\nState,\nWard 1,Ash\nAsh,State\n"));
  ASSERT_EQ(made.units.size(), 5U);
  EXPECT_EQ(made.units[2].id, "State/Lee/Ward 1");
  EXPECT_EQ(made.units[4].id, "State/Ash/Ward 1");
}

TEST_F(TablesOfRules, ADistrictsContestIsOnTheBallotsOfItsUnitsOnly) {
  const Rules made =
      rules(tables("contest,unit\nPresident,\nSheriff of Lee,Lee\nSheriff of Ash,Ash\n",
                   "contest,option\nPresident,Ada\nSheriff of Lee,Bo\nSheriff of Ash,Cy\n",
                   "unit,parent\nState,\nLee,State\nAsh,State\nLee 1,Lee\nAsh 1,Ash\n"));
  ASSERT_EQ(made.styles.size(), 2U);
  EXPECT_EQ(made.styles[0].id, "style-1");
  EXPECT_EQ(made.styles[0].cards[0].contests, (std::vector{ContestId{0}, ContestId{1}}));
  EXPECT_EQ(made.styles[1].cards[0].contests, (std::vector{ContestId{0}, ContestId{2}}));
  EXPECT_EQ(made.units[made.contests[0].unit.value].id, "State");
  EXPECT_EQ(made.units[made.contests[1].unit.value].name, "Lee");
}

TEST_F(TablesOfRules, AUnitMayListItsContestsAndNameItsStyle) {
  const Rules made = rules(tables("contest,card\nMayor,\nSchool board,2\n",
                                  "contest,option\nMayor,Ada\nSchool board,Bo\n",
                                  "unit,contests,style\nNorth,Mayor; School "
                                  "board,long\nSouth,Mayor,\nEast,Mayor;School board,long\n"));
  ASSERT_EQ(made.styles.size(), 2U);
  EXPECT_EQ(made.styles[0].id, "long");
  ASSERT_EQ(made.styles[0].cards.size(), 2U);
  EXPECT_EQ(made.styles[0].cards[1].contests, std::vector{ContestId{1}});
}

TEST_F(TablesOfRules, ARankedContestMayBeRankedToItsEnd) {
  const Rules made = rules(tables(
      "contest,kind,ranks\nMayor,ranked,\nChair,ranked,2\n",
      "contest,option\nMayor,A\nMayor,B\nMayor,C\nChair,A\nChair,B\nChair,C\n", "unit\nHall\n"));
  EXPECT_EQ(made.contests[0].votes_allowed, 3);
  EXPECT_EQ(made.contests[1].votes_allowed, 2);
}

TEST_F(TablesOfRules, ATicketAndAnAllianceHaveTheirParts) {
  const Rules made = rules(tables(
      "contest\nPresident\n",
      "option,candidate,party,kind\nLai Ching-te,Lai Ching-te; Hsiao Bi-khim,Greens; Labour,\n"
      ",Ada; Ben,,\nNobody,,,none of the above\n",
      "unit\nHall\n"));
  const Contest& contest = made.contests[0];
  EXPECT_EQ(contest.options[0].candidates.size(), 2U);
  EXPECT_EQ(contest.options[0].parties.size(), 2U);
  EXPECT_EQ(contest.options[1].name, "Ada / Ben");
  EXPECT_EQ(contest.options[2].kind, OptionKind::none_of_the_above);
}

TEST_F(TablesOfRules, EachFaultIsNamedWithItsCell) {
  const std::string said = faults(tables("contest,vote for,kind\nCouncil,two,\nMayor,,approval\n",
                                         "contest,option\nCounsil,Ada\nCouncil,Ada\nCouncil,Ada\n",
                                         "unit,parent\nRill,\nMill,Ril\n"));
  EXPECT_EQ(said,
            "units.csv:3: parent \"Ril\": is no unit of this table: write the name or the id of "
            "another row, as \"Rill\"\n"
            "contests.csv:2: vote for \"two\": must be a whole number from 1 to 255, as 2\n"
            "contests.csv:3: kind \"approval\": must be plurality (marks, each a vote) or ranked\n"
            "options.csv:2: contest \"Counsil\": is no contest of contests.csv, as \"Council\" is\n"
            "options.csv:4: option \"Ada\": options.csv:3 is this option of Council already; where "
            "two have one name, give each an id of its own\n"
            "contests.csv:3: contest \"Mayor\": has no option in options.csv");
}

TEST_F(TablesOfRules, AnUnknownColumnIsAFaultAndSaysWhichThereAre) {
  const std::string said =
      faults(tables("contest,colour\nCouncil,red\n", "option\nAda\n", "unit\nHall\n"));
  EXPECT_TRUE(
      said.starts_with("contests.csv:1: column \"colour\" is not known; the columns of this "
                       "table are: contest, id, kind, vote for, seats"))
      << said;
}

TEST_F(TablesOfRules, ARowThatCannotBeReadIsNamed) {
  EXPECT_EQ(
      faults(tables("contest\nCouncil\n", "option,party\nAda\nBell,Greens\n", "unit\nHall\n")),
      "options.csv:2: the row has 1 fields, the header has 2");
}

TEST_F(TablesOfRules, AUnitIsNoPartOfItself) {
  const std::string said =
      faults(tables("contest\nCouncil\n", "option\nAda\n", "unit,parent\nA,B\nB,C\nC,A\n"));
  EXPECT_TRUE(said.contains("part of itself")) << said;
}

TEST_F(TablesOfRules, SemicolonsAreReadToo) {
  const Rules made =
      rules(tables("Contest;Vote for\nCouncil;2\n", "Option\nAda\n", "Unit\nHall\n"));
  EXPECT_EQ(made.contests[0].votes_allowed, 2);
}

TEST_F(TablesOfRules, ThousandsOfFaultsAreTwentyLines) {
  std::string units = "unit,parent\n";
  for (int i = 0; i < 5'000; ++i) units += fmt::format("P{},nowhere\n", i);
  const std::string said = faults(tables("contest\nCouncil\n", "option\nAda\n", units));
  EXPECT_TRUE(said.ends_with("and 4,980 more")) << said.substr(said.size() - 100);
}

// A ballot measure has a name of 221 letters, and the next one begins alike.
TEST(IdOfName, LongNamesKeepOneIdEach) {
  const std::string name(221, 'm');
  EXPECT_EQ(id_of_name("Council"), "Council");
  EXPECT_LE(id_of_name(name).size(), 200U);
  EXPECT_NE(id_of_name(name), id_of_name(name + "m"));
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "市";
  EXPECT_LE(id_of_name(wide).size(), 200U);
  EXPECT_EQ(id_of_name(wide).substr(0, 3), "市");
}

// A column that nobody knows makes no row wrong, and hides none that is.
TEST_F(TablesOfRules, AnUnknownColumnHidesNoOtherFault) {
  const std::string said =
      faults(tables("contest,kind,vote for,color\nCouncil,plurality,two,x\n,ranked,,\n",
                    "contest,option\nCouncil,Ada\nChair,Bo\n", "unit,parent\nHall,Nowhere\n"));
  for (const char* const one : {"contests.csv:1: column \"color\" is not known",
                                "contests.csv:2: vote for \"two\": must be a whole number",
                                "contests.csv:3: contest is empty: each row names a contest",
                                "options.csv:3: contest \"Chair\": is no contest of",
                                "units.csv:2: parent \"Nowhere\": is no unit of this table"})
    EXPECT_TRUE(said.contains(one)) << one << "\nis not in\n" << said;
}

TEST_F(TablesOfRules, OfAColumnThatIsMissingItAloneIsTold) {
  const std::string said =
      faults(tables("contst\nCouncil\n", "contest,option\nCouncil,Ada\n", "unit\nHall\n"));
  EXPECT_TRUE(said.contains("column \"contst\" is not known")) << said;
  EXPECT_TRUE(said.ends_with("has no column \"contest\"")) << said;
}

}  // namespace
}  // namespace teller
