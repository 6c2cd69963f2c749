#include "results/import.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "count/step.h"
#include "election/entry.h"
#include "results/result_sums.h"
#include "setup/starter_rules.h"
#include "tables/reader.h"
#include "testing/folder.h"

namespace teller {
namespace {

// Of each option of each contest, what is known.
std::vector<std::vector<std::uint64_t>> votes_of(const BoundResults& bound, const Rules& rules) {
  std::vector<std::vector<std::uint64_t>> votes;
  for (const auto& contest : result_sums(bound, rules).contests) {
    auto& of_contest = votes.emplace_back();
    for (const auto& option : contest.options) {
      of_contest.push_back(static_cast<std::uint64_t>(option.votes.sum));
    }
  }
  return votes;
}

namespace fs = std::filesystem;

constexpr std::string_view head = R"(teller = "mapping/1"
[election]
name = "Council"
date = "2024-05-01"
time_zone = "Europe/Zurich"
[[unit]]
kind = "city"
id = "city"
[[unit]]
kind = "ward"
id = "{ward}"
[option]
id = "{name}"
ids = {"ADA A." = "ada", "Ada A" = "ada"}
)";
constexpr std::string_view plain = R"([contest]
id = "mayor"
[method]
id = "all"
[votes]
column = "votes"
)";

Mapping mapping_of(std::string_view more) {
  auto mapping = Mapping::parse(std::string(head) + std::string(more), "test.toml");
  EXPECT_TRUE(mapping) << mapping.error().detail;
  return std::move(*mapping);
}

CsvReader csv_of(std::string_view text) {
  std::string path = testing::TempDir() + "/import.XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream(path, std::ios::binary) << text;
  auto reader = Reader::open(path);
  unlink(path.c_str());
  return CsvReader(std::move(*reader));
}

ResultsTable table_of(std::string_view csv, Mapping& mapping) {
  auto reader = csv_of(csv);
  auto table = read_results(reader, mapping);
  EXPECT_TRUE(table) << table.error().detail;
  return std::move(*table);
}

std::vector<std::string> faults(const ResultsTable& table) {
  std::vector<std::string> found;
  for (const RowFault& fault : table.faults) {
    found.push_back(fmt::format("{} {}", fault.line, fault.code.text()));
  }
  return found;
}

Rules rules_of(const ResultsTable& table, const Mapping& mapping, CountedFrom from) {
  auto rules = Rules::parse(starter_rules(table, mapping, from), "rules.json");
  EXPECT_TRUE(rules) << rules.error().detail;
  return std::move(*rules);
}

const CountId count{{1, 2, 3}};
const Bytes secret(32, 7);

// What a list of entries adds up to: "unit contest option" -> votes. Sheets and ballots alike.
struct Added {
  explicit Added(const Rules& known) : rules(known) {}

  std::map<std::string, std::uint64_t> votes;
  std::set<EntryId> ids;
  std::vector<EntryId> order;
  const Rules& rules;

  EntrySink sink() {
    return [this, entry = Entry{}](ByteView bytes) mutable -> Result<void> {
      EXPECT_EQ(decode(bytes, rules, count, entry), std::nullopt);
      ids.insert(entry.id);
      order.push_back(entry.id);
      const auto add = [&](UnitId unit, ContestId contest, OptionId option, std::uint64_t n) {
        const Contest& about = rules.contest(contest);
        votes[rules.units[unit.value].id + " " + about.id + " " + about.options[option.value].id] +=
            n;
      };
      if (const auto* ballot = std::get_if<Ballot>(&entry.body)) {
        const Selection& selection = ballot->selections.at(0);
        add(ballot->unit, selection.contest, selection.marks.at(0), 1);
      } else {
        const Sheet& sheet = std::get<Sheet>(entry.body);
        for (const auto& [option, figure] : sheet.votes) {
          add(sheet.unit, sheet.contest, option, figure.raw);
        }
      }
      return {};
    };
  }
};

constexpr std::string_view two_wards =
    "ward,name,votes\nnorth,Ada A,3\nnorth,Bell,2\nsouth,ADA A.,1\nsouth,Bell,0\n";

TEST(Import, RowsBecomeUnitsOptionsAndVotes) {
  Mapping mapping = mapping_of(plain);
  ResultsTable table = table_of(two_wards, mapping);
  const Rules rules = rules_of(table, mapping, CountedFrom::sheets);

  const BoundResults bound = bind(table, rules);

  EXPECT_EQ(faults(table), std::vector<std::string>{});
  ASSERT_EQ(rules.units.size(), 3U);
  EXPECT_EQ(rules.units[1].id, "city/north");
  EXPECT_EQ(rules.units[1].parent, UnitId{0});
  EXPECT_EQ(rules.contests[0].unit, UnitId{0});
  ASSERT_EQ(rules.contests[0].options.size(), 2U);
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{{4, 2}}));
}

TEST(Import, SheetsAndBallotsOfTheSameRowsAddUpToTheSame) {
  Mapping mapping = mapping_of(plain);
  ResultsTable table = table_of(two_wards, mapping);
  const Rules by_sheet = rules_of(table, mapping, CountedFrom::sheets);
  const Rules by_ballot = rules_of(table, mapping, CountedFrom::ballots);
  Added sheets(by_sheet), ballots(by_ballot);

  const auto sheet_count =
      write_sheets(bind(table, by_sheet), by_sheet, count, secret, {}, sheets.sink());
  const auto ballot_count =
      write_ballots(bind(table, by_ballot), by_ballot, count, secret, {}, ballots.sink());

  EXPECT_EQ(sheet_count, 2U);
  EXPECT_EQ(ballot_count, 6U);
  EXPECT_EQ(ballots.ids.size(), 6U);
  EXPECT_EQ(sheets.votes.at("city/south mayor Bell"), 0U);  // A 0 that was published is a figure.
  std::erase_if(sheets.votes, [](const auto& cell) { return cell.second == 0; });
  EXPECT_EQ(sheets.votes, ballots.votes);
}

TEST(Import, AWrongRowIsNamedAndTheOthersAreKept) {
  Mapping mapping = mapping_of(plain);
  ResultsTable table = table_of(
      "ward,name,votes\n"
      "north,Ada A,3\n"
      "north,Bell,-2\n"                    // 3
      "north,Bell,\"1,000\"\n"             // 4
      "north,Bell,9007199254740992\n"      // 5
      "north,Bell,99999999999999999999\n"  // 6
      ",Bell,2\n"                          // 7
      "north,,2\n"                         // 8
      "north,ADA A.,4\n"                   // 9: the same option under another name
      "north,Bell\n"                       // 10
      "north,Bell,7\n",
      mapping);

  EXPECT_EQ(faults(table),
            (std::vector<std::string>{"3 import.not_a_number", "4 import.not_a_number",
                                      "5 import.number_too_large", "6 import.number_too_large",
                                      "7 import.value_missing", "8 import.value_missing",
                                      "9 import.row_repeated", "10 csv.field_count"}));
  EXPECT_EQ(table.rows_read, 10U);
  EXPECT_EQ(table.rows_refused(), 8U);
  const Rules rules = rules_of(table, mapping, CountedFrom::ballots);
  EXPECT_EQ(votes_of(bind(table, rules, Incomplete::take_in_part), rules),
            (std::vector<std::vector<std::uint64_t>>{{0, 7}}));  // Of 3 and 4 neither is taken.
  const BoundResults bound = bind(table, rules);
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{{0, 0}}));
  EXPECT_EQ(bound.held.size(), 1U);
}

// "held sheet, …" of `csv` against rules that know Ada, Bell and the wards north, south and west.
std::string held_of(std::string_view csv, std::string_view more = plain) {
  Mapping mapping = mapping_of(more);
  ResultsTable known = table_of(
      "ward,name,votes\nnorth,Ada A,1\nnorth,Bell,1\nsouth,Bell,1\nwest,Bell,1\n", mapping);
  const Rules rules = rules_of(known, mapping, CountedFrom::sheets);
  ResultsTable table = table_of(csv, mapping);
  const BoundResults bound = bind(table, rules);
  std::string held;
  for (const auto& [sheet, line] : bound.held)
    held += (held.empty() ? "" : ", ") + rules.units[sheet.unit.value].name;
  for (const auto& row : bound.rows)
    EXPECT_FALSE(bound.held.contains({row.unit, row.method, row.contest}));
  return held;
}

// Half a sheet, counted, shows a loser as the winner, and blocks the whole one for ever.
TEST(Import, ASheetOfWhichARowWasRefusedIsHeldAndItsNeighboursGoIn) {
  const std::string whole = "ward,name,votes\nnorth,Ada A,3\nnorth,Bell,2\nsouth,Ada A,1\n";
  EXPECT_EQ(held_of(whole + "south,Bell,0\n"), "");
  EXPECT_EQ(held_of(whole + "south,Bell,x\n"), "south");
  EXPECT_EQ(held_of(whole + "south,Cruz,1\n"), "south");
  EXPECT_EQ(held_of(whole + "south,,1\n"), "south");
  EXPECT_EQ(held_of(whole + "south,Ada A,2\n"), "south");
  EXPECT_EQ(held_of(whole + "west,Bell,x\n"), "west");  // All of its rows were refused.
}

// Such a row may be of any sheet that lacks a figure, and of none that is whole.
TEST(Import, ARowThatNamesNoKnownUnitHoldsTheSheetsThatLackItsFigure) {
  const std::string whole = "ward,name,votes\nnorth,Ada A,3\nnorth,Bell,2\nsouth,Ada A,1\n";
  EXPECT_EQ(held_of(whole + ",Bell,1\n"), "south");
  EXPECT_EQ(held_of(whole + "s0uth,Bell,1\n"), "south");
  EXPECT_EQ(held_of(whole + "south,Bell,1\n,Bell,1\n"), "");
  EXPECT_EQ(held_of(whole + "the end\n"), "south");
  EXPECT_EQ(held_of(whole + "south,Bell,1\nthe end\n"), "");
  EXPECT_EQ(held_of(whole + "south,Bell,\x01 1\n"), "south");
  // Where rows are added up nothing tells which sheet is whole.
  EXPECT_EQ(held_of(whole + "south,Bell,1\n,Bell,1\n", std::string(plain) + "repeated = \"add\"\n"),
            "north, south");
}

TEST(Import, ALineThatIsNearlyARowHoldsTheUnitThatItNames) {
  EXPECT_EQ(held_of("ward,name,votes\nnorth,Ada A,1,346\nnorth,Bell,2\nsouth,Bell,1\n"), "north");
  EXPECT_EQ(held_of("ward,name,votes\nnorth,Ada \"A\",3\nnorth,Bell,2\nsouth,Bell,1\n"), "north");
}

TEST(Import, RowsThatAreSumsAreLeftOut) {
  Mapping mapping = mapping_of(std::string(plain) + "[leave_out]\nward = [\"Total\", \"\"]\n");

  const ResultsTable table =
      table_of("ward,name,votes\nnorth,Bell,1\nTotal,Bell,1\n,Bell,1\nsouth,Bell,2\n", mapping);

  EXPECT_EQ(faults(table), std::vector<std::string>{});
  EXPECT_EQ(table.rows_passed_over, 2U);
  EXPECT_EQ(table.cells.size(), 2U);
}

TEST(Import, ASumOfRowsThatIsTooLargeIsRefusedOnItsLine) {
  Mapping mapping = mapping_of(std::string(plain) + "repeated = \"add\"\n");

  const ResultsTable table =
      table_of("ward,name,votes\nn,Bell,9007199254740991\nn,Bell,0\nn,Bell,1\ns,Bell,4\n", mapping);

  EXPECT_EQ(faults(table), std::vector<std::string>{"4 import.number_too_large"});
  EXPECT_EQ(table.notes.size(), 1U);
}

TEST(Import, AHundredThousandFaultsOfAKindAreOneKind) {
  Mapping mapping = mapping_of(plain);
  std::string csv = "ward,name,votes\n";
  for (int i = 0; i < 100'000; ++i) csv += fmt::format("{},Bell,1 {:03}\n", i, i % 1000);

  const ResultsTable table = table_of(csv, mapping);

  ASSERT_EQ(table.fault_groups.size(), 1U);
  const FaultGroup& group = table.fault_groups.begin()->second;
  EXPECT_EQ(group.rows, 100'000U);
  ASSERT_EQ(group.examples.size(), 3U);
  EXPECT_EQ(group.examples[1].line, 3U);
  EXPECT_EQ(group.examples[1].column, "votes");
  EXPECT_EQ(group.examples[1].found, "\"1 001\"");
}

TEST(Import, WhatTheRulesDoNotKnowIsNamedByLine) {
  Mapping mapping = mapping_of(plain);
  ResultsTable known = table_of(two_wards, mapping);
  const Rules rules = rules_of(known, mapping, CountedFrom::ballots);
  ResultsTable table =
      table_of("ward,name,votes\nwest,Bell,1\nnorth,Cruz,1\nnorth,Bell,5\n", mapping);

  const BoundResults bound = bind(table, rules);

  EXPECT_EQ(faults(table),
            (std::vector<std::string>{"2 import.unit_unknown", "3 import.option_unknown"}));
  // Who stands as Cruz in the north is not known, so the north's sheet waits.
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{{0, 0}}));
  ASSERT_EQ(bound.held.size(), 1U);
  EXPECT_TRUE(
      table.fault_in_words(bound.held.begin()->second).starts_with("line 3: the rules have "))
      << table.fault_in_words(bound.held.begin()->second);
}

// The rules say which wards vote on the sewer; where they do not, a figure of it belongs to another ward.
TEST(Import, ASheetOfAContestThatNobodyInItsUnitVotesOnWaits) {
  constexpr std::string_view by_ward = R"([method]
id = "all"
[votes]
column = "votes"
[contest]
id = "{contest}"
)";
  Mapping mapping = mapping_of(by_ward);
  ResultsTable known = table_of(
      "ward,contest,name,votes\nnorth,mayor,Bell,2\nsouth,mayor,Bell,4\nsouth,sewer,Yes,1\n",
      mapping);
  const Rules rules = rules_of(known, mapping, CountedFrom::sheets);
  constexpr std::string_view wrong_ward =
      "ward,contest,name,votes\nnorth,mayor,Bell,3\nnorth,sewer,Yes,5\nsouth,sewer,Yes,7\n";

  ResultsTable table = table_of(wrong_ward, mapping);
  const BoundResults bound = bind(table, rules);

  EXPECT_EQ(faults(table), std::vector<std::string>{"3 import.contest_unknown"});
  EXPECT_EQ(
      table.faults.at(0).detail,
      "no ballot style of the rules gives \"sewer\" to voters of \"city/north\"; correct the unit, "
      "or say elsewhere = \"allow\" in [contest]");
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{{3}, {7}}));
  EXPECT_EQ(bound.held.size(), 1U);

  Mapping allowing = mapping_of(std::string(by_ward) + "elsewhere = \"allow\"\n");
  ResultsTable all = table_of(wrong_ward, allowing);
  EXPECT_EQ(votes_of(bind(all, rules), rules),
            (std::vector<std::vector<std::uint64_t>>{{3}, {12}}));
  EXPECT_EQ(faults(all), std::vector<std::string>{});
}

// What a county counts for the precincts below it, in some of which the contest is voted on, is its own sheet.
TEST(Import, AUnitAboveThoseThatVoteOnAContestMayHaveASheetOfIt) {
  Mapping mapping = mapping_of(R"([method]
id = "{method}"
[votes]
column = "votes"
[contest]
id = "{contest}"
)");
  mapping.units.back().empty = {""};
  constexpr std::string_view rows =
      "ward,contest,method,name,votes\nnorth,mayor,booth,Bell,2\nsouth,sewer,booth,Yes,1\n,sewer,"
      "mail,Yes,4\n";
  ResultsTable known = table_of(rows, mapping);
  const Rules rules = rules_of(known, mapping, CountedFrom::sheets);
  ResultsTable table = table_of(rows, mapping);

  const BoundResults bound = bind(table, rules);

  EXPECT_EQ(faults(table), std::vector<std::string>{});
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{{2}, {5}}));
}

// As France publishes its polling places: a group of columns for each candidate, and a header that names the first one alone.
constexpr std::string_view in_groups = R"(teller = "mapping/1"
[[unit]]
kind = "commune"
id = "{Commune}"
[contest]
id = "maire"
[groups]
from = "Panneau"
to = "% Voix"
[option]
id = "{Nom} {Prénom}"
[party]
id = "{Nuance}"
[method]
id = "all"
[votes]
column = "Voix"
sum_column = "Exprimés"
[sheet]
registered = "Inscrits"
)";
constexpr std::string_view groups_head =
    "Commune,Inscrits,Exprimés,Panneau,Nom,Prénom,Nuance,Voix,% Voix";

std::map<std::string, std::uint64_t> votes_in(const ResultsTable& table) {
  std::map<std::string, std::uint64_t> votes;
  for (const auto& cell : table.cells) {
    if (cell.column < slot::first_counter)
      votes[table.units[cell.unit].id + " " +
            table.contests[cell.contest].options[cell.column].id] += cell.value;
  }
  return votes;
}

TEST(Import, GroupsOfColumnsAreReadThoughTheHeaderNamesTheFirstOneAlone) {
  const std::map<std::string, std::uint64_t> right = {{"Rille MOUSSE Ada", 60},
                                                      {"Rille ROOK Ben", 30},
                                                      {"Rille VALE Cy", 10},
                                                      {"Val MOUSSE Ada", 7},
                                                      {"Val ROOK Ben", 9}};
  for (const std::string_view rest :
       {"", ",,,,,,,,,,,,",
        ",Panneau,Nom,Prénom,Nuance,Voix,% Voix,Panneau,Nom,Prénom,Nuance,Voix,% Voix"}) {
    auto mapping = Mapping::parse(in_groups, "test.toml");
    ASSERT_TRUE(mapping) << mapping.error().detail;
    // In Val two stand; the line has no third group, or an empty one.
    const ResultsTable table = table_of(
        std::string(groups_head) + std::string(rest) +
            "\nRille,150,100,1,MOUSSE,Ada,G,60,60.0,2,ROOK,Ben,M,30,30.0,3,VALE,Cy,,10,10.0"
            "\nVal,20,16,1,MOUSSE,Ada,G,7,43.8,2,ROOK,Ben,M,9,56.2" +
            (rest.empty() ? "\n" : ",,,,,,\n"),
        *mapping);

    EXPECT_EQ(faults(table), std::vector<std::string>{}) << rest;
    EXPECT_EQ(votes_in(table), right) << rest;
    EXPECT_EQ(table.rows_read, 2U);
    EXPECT_EQ(table.parties.size(), 2U);
  }
}

TEST(Import, ALineThatEndsWithinAGroupIsRefusedAndItsSumIsThatOfAllGroups) {
  auto mapping = Mapping::parse(in_groups, "test.toml");
  ASSERT_TRUE(mapping) << mapping.error().detail;
  const ResultsTable table =
      table_of(std::string(groups_head) +
                   "\nRille,150,100,1,MOUSSE,Ada,G,60,60.0,2,ROOK,Ben,M,30\nVal,20,17,1,MOUSSE,Ada,"
                   "G,7,43.8,2,ROOK,Ben,M,9,56.2\n",
               *mapping);

  EXPECT_EQ(faults(table),
            (std::vector<std::string>{"2 csv.field_count", "3 import.figure_differs"}));
  EXPECT_EQ(table.faults.at(0).detail, "the row has 14 fields, which are not 9 and groups of 6");
}

TEST(Import, AHeaderWhoseLastColumnsAreNoGroupIsRefused) {
  auto mapping = Mapping::parse(in_groups, "test.toml");
  ASSERT_TRUE(mapping) << mapping.error().detail;
  auto csv = csv_of(std::string(groups_head) + ",Remarque\nVal,1,1,1,MOUSSE,Ada,G,1,100,\n");

  const auto table = read_results(csv, *mapping);

  ASSERT_FALSE(table);
  EXPECT_EQ(
      table.error().detail,
      "test.toml: behind % Voix the header has 1 columns, which are no groups of 6, as those from "
      "Panneau on are: [groups]");
}

// Precincts are called like this: ASHLAND/STOKES BRIDGE.
TEST(Import, TwoUnitsNeverBecomeOne) {
  auto mapping = Mapping::parse(
      "teller = \"mapping/1\"\n"
      "[[unit]]\nkind = \"county\"\nid = \"{county}\"\n"
      "[[unit]]\nkind = \"town\"\nid = \"{town}\"\n"
      "[[unit]]\nkind = \"precinct\"\nid = \"{precinct}\"\n"
      "[option]\nid = \"{name}\"\n" +
          std::string(plain),
      "test.toml");
  ASSERT_TRUE(mapping) << mapping.error().detail;

  const ResultsTable table =
      table_of("county,town,precinct,name,votes\nA,B,C/D,Bell,1\nA,B/C,D,Bell,2\nA/B,C,D,Bell,4\n",
               *mapping);

  EXPECT_EQ(faults(table), std::vector<std::string>{});
  std::map<std::string, std::uint64_t> votes;
  for (const ResultsTable::Cell& cell : table.cells) {
    const ResultsTable::Unit& unit = table.units.at(cell.unit);
    votes[unit.id + " named " + unit.name] += cell.value;
  }
  EXPECT_EQ(votes,
            (std::map<std::string, std::uint64_t>{
                {"A/B/C%2FD named C/D", 1}, {"A/B%2FC/D named D", 2}, {"A%2FB/C/D named D", 4}}));
}

TEST(Import, AMissingColumnIsNamedWithThoseThatAreThere) {
  Mapping mapping = mapping_of(plain);
  auto csv = csv_of("ward,candidate,votes\nnorth,Bell,1\n");

  const auto table = read_results(csv, mapping);

  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, "import.column_missing");
  EXPECT_EQ(table.error().detail,
            "test.toml: the file has no column name; it has ward, candidate, votes");
}

TEST(Import, FiguresOfTheSheetComeFromColumnsAndFromRows) {
  Mapping mapping = mapping_of(std::string(plain) +
                               "withheld = \"*\"\nunknown = \"\"\n"
                               "[sheet]\nregistered = \"roll\"\n");
  Mapping with_rows = mapping;
  with_rows.option_figures = {{"UNDER VOTES", slot::undervotes}};
  with_rows.option_skip = {"TOTAL"};
  ResultsTable table = table_of(
      "ward,name,votes,roll\nnorth,Ada A,*,100\nnorth,Bell,,100\nnorth,UNDER VOTES,4,100\n"
      "north,TOTAL,9,100\nsouth,Bell,1,90\nsouth,Ada A,1,91\n",
      with_rows);
  const Rules rules = rules_of(table, with_rows, CountedFrom::sheets);
  std::vector<Sheet> sheets;

  const auto written = write_sheets(bind(table, rules, Incomplete::take_in_part), rules, count,
                                    secret, {}, [&](ByteView bytes) -> Result<void> {
                                      Entry entry;
                                      EXPECT_EQ(decode(bytes, rules, count, entry), std::nullopt);
                                      sheets.push_back(std::get<Sheet>(entry.body));
                                      return {};
                                    });

  EXPECT_EQ(faults(table), (std::vector<std::string>{"7 import.figure_differs"}));
  ASSERT_EQ(written, 2U);
  std::sort(sheets.begin(), sheets.end(),
            [](const Sheet& a, const Sheet& b) { return a.unit < b.unit; });
  EXPECT_EQ(sheets[0].registered, Figure::of(100));
  EXPECT_EQ(sheets[0].undervotes, Figure::of(4));
  ASSERT_EQ(sheets[0].votes.size(), 1U);  // Bell's is unknown, which is not 0.
  EXPECT_TRUE(sheets[0].votes[0].second.is_withheld());
  EXPECT_EQ(sheets[1].registered, Figure());  // Two rows say two numbers.
}

TEST(Import, EachMethodMayHaveItsOwnColumn) {
  Mapping mapping = mapping_of(
      "[contest]\nid = \"mayor\"\n"
      "[[votes]]\ncolumn = \"urn\"\nmethod = \"in-person\"\n"
      "[[votes]]\ncolumn = \"post\"\nmethod = \"postal\"\nmethod_name = \"By post\"\n");
  ResultsTable table = table_of("ward,name,urn,post\nnorth,Bell,5,7\n", mapping);

  const Rules rules = rules_of(table, mapping, CountedFrom::sheets);

  ASSERT_EQ(rules.methods.size(), 2U);
  EXPECT_EQ(rules.methods[1].name, "By post");
  Added added(rules);
  EXPECT_EQ(write_sheets(bind(table, rules), rules, count, secret, {}, added.sink()), 2U);
  EXPECT_EQ(added.votes["city/north mayor Bell"], 12U);
}

TEST(Import, RowsOfOtherContestsCanBeLeftOutOrKept) {
  const std::string csv =
      "ward,office,name,votes\nnorth,MAYOR,Bell,5\nnorth,COUNCIL,Cruz,7\nsouth,MAYOR,Bell,1\n";
  Mapping one = mapping_of(std::string(plain) + "[where]\noffice = \"MAYOR\"\n");
  Mapping both = mapping_of(
      "[contest]\nid = \"{office}\"\n[method]\nid = \"all\"\n[votes]\ncolumn = \"votes\"\n");

  const ResultsTable mayor = table_of(csv, one);
  const ResultsTable all = table_of(csv, both);

  EXPECT_EQ(mayor.rows_passed_over, 1U);
  EXPECT_EQ(mayor.cells.size(), 2U);
  const Rules rules = rules_of(all, both, CountedFrom::sheets);
  EXPECT_EQ(rules.contests.size(), 2U);
  EXPECT_EQ(rules.contests[1].unit, rules.find_unit("city/north"));
  EXPECT_EQ(rules.styles.size(), 2U);  // North votes on two, south on one.
}

TEST(Import, BallotsAreMadeOnlyWhereAVoteIsABallot) {
  const auto refusal = [](std::string_view more, std::string_view csv, CountedFrom from) {
    Mapping mapping = mapping_of(more);
    ResultsTable table = table_of(csv, mapping);
    const Rules rules = rules_of(table, mapping, from);
    const auto made = write_ballots(bind(table, rules), rules, count, secret, {},
                                    [](ByteView) -> Result<void> { return {}; });
    return made ? "" : std::string(made.error().code);
  };
  const std::string rest =
      "[method]\nid = \"all\"\n[votes]\ncolumn = \"votes\"\nwithheld = \"*\"\n";
  const std::string mayor = "[contest]\nid = \"mayor\"\n";

  EXPECT_EQ(refusal(mayor + rest, two_wards, CountedFrom::ballots), "");
  EXPECT_EQ(refusal(mayor + rest, two_wards, CountedFrom::sheets), "import.counted_from");
  EXPECT_EQ(refusal(mayor + "votes_allowed = 2\n" + rest, two_wards, CountedFrom::ballots),
            "import.synthesise_unsupported");
  EXPECT_EQ(refusal("[contest]\nid = \"{office}\"\n" + rest,
                    "ward,office,name,votes\nn,a,Bell,5\nn,b,Bell,5\n", CountedFrom::ballots),
            "import.synthesise_unsupported");
  EXPECT_EQ(refusal(mayor + rest, "ward,name,votes\nn,Bell,*\n", CountedFrom::ballots),
            "import.synthesise_unsupported");
}

TEST(Import, TheSameBallotsComeAgainAndOtherSecretsGiveOthers) {
  Mapping mapping = mapping_of(plain);
  ResultsTable table = table_of("ward,name,votes\nnorth,Bell,900\nsouth,Bell,100\n", mapping);
  const Rules rules = rules_of(table, mapping, CountedFrom::ballots);
  const BoundResults bound = bind(table, rules);
  Added first(rules), again(rules), other(rules);
  const Bytes other_secret(32, 8);

  ASSERT_TRUE(write_ballots(bound, rules, count, secret, {}, first.sink()));
  ASSERT_TRUE(write_ballots(bound, rules, count, secret, {}, again.sink()));
  ASSERT_TRUE(write_ballots(bound, rules, count, other_secret, {}, other.sink()));

  EXPECT_EQ(first.order, again.order);
  EXPECT_EQ(first.ids.size(), 1000U);
  for (const EntryId& id : other.ids) EXPECT_FALSE(first.ids.contains(id));
}

// The demo stops half-way and goes on: the two halves must be the whole, in the same order.
TEST(Import, PortionsTogetherAreTheWhole) {
  Mapping mapping = mapping_of(plain);
  std::string csv = "ward,name,votes\n";
  for (int ward = 0; ward < 300; ++ward) {
    csv += fmt::format("{},Bell,{}\n", ward, ward * 7 % 1000);
    csv += fmt::format("{},Ada A,{}\n", ward, ward * 13 % 1000);
  }
  ResultsTable table = table_of(csv, mapping);
  const Rules rules = rules_of(table, mapping, CountedFrom::ballots);
  const BoundResults bound = bind(table, rules);
  Added whole(rules), portions(rules);

  const auto total = write_ballots(bound, rules, count, secret, {}, whole.sink());
  ASSERT_TRUE(total);
  ASSERT_GT(*total, std::uint64_t{1} << 17);  // More than a window.
  std::uint64_t at = 0;
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{100'000}, ~std::uint64_t{0}}) {
    ASSERT_EQ(write_ballots(bound, rules, count, secret, {at, size}, portions.sink()), total);
    at += size;
  }
  EXPECT_EQ(portions.order, whole.order);
  EXPECT_EQ(whole.ids.size(), *total);
}

TEST(Import, TheSecretIsMadeOnceAndForItsOwnerOnly) {
  const TestFolder folder;
  const std::string home = folder.path();

  const auto first = import_secret(home);
  const auto again = import_secret(home);

  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(first, again);
  struct stat found;
  ASSERT_EQ(stat((home + "/import.key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(home), fs::directory_iterator()), 2);
  fs::resize_file(home + "/import.key", 31);
  EXPECT_EQ(import_secret(home).error().code, "import.key");
}

// With another secret the same results get other ids, and are counted again.
TEST(Import, ASecretThatIsGoneOrAnotherOneIsNotTakenForTheFirst) {
  const TestFolder folder;
  const std::string home = folder.path();
  const auto first = import_secret(home);
  ASSERT_TRUE(first);

  fs::remove(home + "/import.key");
  EXPECT_EQ(import_secret(home).error().code, "import.key");
  EXPECT_FALSE(fs::exists(home + "/import.key"));
  std::ofstream(home + "/import.key") << std::string(32, 'x');
  EXPECT_EQ(import_secret(home).error().code, "import.key");

  fs::remove(home + "/import.key");
  const auto renewed = import_secret(home, true);
  ASSERT_TRUE(renewed);
  EXPECT_NE(*renewed, *first);
  EXPECT_EQ(import_secret(home), renewed);
}

TEST(Mapping, EveryFaultHasItsLine) {
  const auto mapping = Mapping::parse(
      "teller = \"mapping/1\"\ncolour = 1\nunit_separator = \"\"\n[[unit]]\nid = "
      "\"{ward\"\n[contest]\nid = \"x\"\n"
      "votes_allowed = 0\n[option]\nid = \"{name}\"\nfigures = {X = \"undervote\"}\n[method]\n"
      "id = \"all\"\n[votes]\ncolum = \"votes\"\n",
      "m.toml");

  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().code, "mapping.invalid");
  for (const std::string_view line :
       {"m.toml:2: colour is not known here. Known are teller, kind, unit_separator, ",
        "m.toml:3: unit_separator must be", "m.toml:4: [[unit]] kind is missing: write kind = ",
        "m.toml:5: [[unit]] id is wrong: \"{ward\": write a column as {name}",
        "m.toml:8: [contest] votes_allowed must be a whole number from 1 to 255",
        "m.toml:11: [option.figures] X must be one of blank, cards, ",
        "m.toml:15: [votes] colum is not known here; did you mean column?",
        "m.toml:14: [votes] column is missing"}) {
    EXPECT_NE(mapping.error().detail.find(line), std::string::npos) << line << " is not in\n"
                                                                    << mapping.error().detail;
  }
  EXPECT_EQ(Mapping::parse("teller = ", "m.toml").error().code, "mapping.invalid");
}

TEST(Mapping, SaysWhatAValueMayBe) {
  const auto mapping = Mapping::parse(
      "[csv]\ndelimiter = \"::\"\n[where]\noffice = [1]\n[[unit]]\nkind = \"ward\"\nid = \"{w}\"\n"
      "[contest]\nid = \"c\"\nkind = \"ranked\"\nids = {A = 1}\n"
      "[option]\nid = \"{name}\"\nkinds = {a = \"person\"}\ncandidates = {a = [1]}\n"
      "[[votes]]\ncolumn = \"v\"\nrepeated = \"sum\"\n[[votes]]\ncolumn = \"w\"\n"
      "[sheet]\ncard = \"c\"\ncards = 1\n",
      "m.toml");

  ASSERT_FALSE(mapping);
  EXPECT_EQ(
      mapping.error().detail,
      "m.toml: teller must be \"mapping/1\": begin the file with teller = \"mapping/1\"\n"
      "m.toml: the table [method] is missing\n"
      "m.toml:2: [csv] delimiter must be one character, as in delimiter = \";\"\n"
      "m.toml:4: [where] office must be a text or a list of texts: office = [\"…\", \"…\"]\n"
      "m.toml:10: [contest] kind must be \"plurality\"\n"
      "m.toml:11: [contest.ids] A must be a text in quotes: A = \"…\"\n"
      "m.toml:14: [option.kinds] a must be one of candidate, measure, none_of_the_above\n"
      "m.toml:15: [option.candidates] a must be a text or a list of texts: a = [\"…\", \"…\"]\n"
      "m.toml:18: [[votes]] repeated must be one of add, add_names, add_parties, refuse\n"
      "m.toml:19: [[votes]] method is missing: each of several [[votes]] needs its own\n"
      "m.toml:22: [sheet] card is not known here; did you mean cards? Known are blank, cards, "
      "invalid, overvotes, registered, undervotes, write_ins, method\n"
      "m.toml:23: [sheet] cards must be a text in quotes: cards = \"…\"");
  // A mapping without votes was taken, and imported nothing.
  EXPECT_TRUE(Mapping::parse("votes = []\n", "m.toml")
                  .error()
                  .detail.contains("m.toml:1: [[votes]] is missing: there must be at least one"));
}

// It comes from anybody, and ended the program.
TEST(Mapping, AKeyOfFortyThousandPartsIsRefused) {
  std::string key = "a";
  for (int i = 1; i < 40'000; ++i) key += ".a";
  const auto mapping = Mapping::parse("teller = \"mapping/1\"\n" + key + " = 1\n", "m.toml");

  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().code, "mapping.invalid");
  EXPECT_EQ(mapping.error().detail, "m.toml:2: has a key of more than 16 parts (a.b.c has three)");
}

TEST(Mapping, TheOneInTheDocumentIsGood) {
  const std::string page = read_text(TELLER_SOURCE_DIR "/docs/reference/mapping.md").value();
  const std::string fence = "```toml\n";
  const std::size_t begin = page.find(fence) + fence.size();

  const auto mapping =
      Mapping::parse(page.substr(begin, page.find("```", begin) - begin), "mapping.md");

  EXPECT_TRUE(mapping) << mapping.error().detail;
}

// The demo's election, whole: what the files in examples/ say is what the official results are.
class Taiwan : public testing::Test {
 protected:
  static ResultsTable read(Mapping& mapping) {
    auto csv = CsvReader(Reader::open(folder + "president.csv.gz").value());
    return read_results(csv, mapping).value();
  }
  static Mapping mapping() {
    return Mapping::parse(read_text(folder + "mapping.toml").value(), "mapping.toml").value();
  }
  static std::vector<std::uint64_t> official(const Rules& rules) {
    std::vector<std::uint64_t> votes(3);
    const ContestId president = *rules.find_contest("president");
    votes[rules.find_option(president, "lai-hsiao")->value] = 5'586'019;
    votes[rules.find_option(president, "hou-jaw")->value] = 4'671'021;
    votes[rules.find_option(president, "ko-wu")->value] = 3'690'466;
    return votes;
  }
  static inline const std::string folder = TELLER_SOURCE_DIR "/examples/taiwan-2024/";
};

TEST_F(Taiwan, TheRulesAreWhatTheMappingMakesOfTheResults) {
  Mapping with = mapping();
  const ResultsTable table = read(with);

  EXPECT_EQ(faults(table), std::vector<std::string>{});
  EXPECT_EQ(table.rows_read, 53'385U);
  EXPECT_TRUE(starter_rules(table, with, CountedFrom::ballots) ==
              read_text(folder + "rules.json.gz").value());
  EXPECT_TRUE(starter_rules(table, with, CountedFrom::sheets) ==
              read_text(folder + "rules-sheets.json.gz").value());
}

TEST_F(Taiwan, ItsSheetsAddUpToTheOfficialResult) {
  Mapping with = mapping();
  ResultsTable table = read(with);
  const Rules rules =
      Rules::parse(read_text(folder + "rules-sheets.json.gz").value(), "rules").value();
  std::vector<std::uint64_t> votes(3);
  Entry entry;

  const auto written = write_sheets(
      bind(table, rules), rules, count, secret, {}, [&](ByteView bytes) -> Result<void> {
        EXPECT_EQ(decode(bytes, rules, count, entry), std::nullopt);
        for (const auto& [option, figure] : std::get<Sheet>(entry.body).votes) {
          votes[option.value] += figure.raw;
        }
        return {};
      });

  EXPECT_EQ(written, 17'795U);
  EXPECT_EQ(votes, official(rules));
}

TEST_F(Taiwan, ItsBallotsAddUpToTheOfficialResult) {
  Mapping with = mapping();
  ResultsTable table = read(with);
  const Rules rules = Rules::parse(read_text(folder + "rules.json.gz").value(), "rules").value();
  const BoundResults bound = bind(table, rules);
  std::vector<std::uint64_t> votes(3);
  Entry entry;

  // All of them are made and counted by `make demo`; here every 64th portion is decoded.
  std::uint64_t decoded = 0;
  const auto total =
      write_ballots(bound, rules, count, secret, {0, 200'000}, [&](ByteView bytes) -> Result<void> {
        EXPECT_EQ(decode(bytes, rules, count, entry), std::nullopt);
        ++decoded;
        return {};
      });

  EXPECT_EQ(total, 13'947'506U);
  EXPECT_EQ(decoded, 200'000U);
  EXPECT_EQ(votes_of(bound, rules), (std::vector<std::vector<std::uint64_t>>{official(rules)}));
}

}  // namespace
}  // namespace teller
