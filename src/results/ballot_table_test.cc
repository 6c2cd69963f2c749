#include "results/ballot_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

Rules rules_of_union() {
  return rules_with(R"([
    {"id": "board", "name": "Board", "kind": "plurality", "seats": 2, "votes_allowed": 2,
     "write_ins": true, "options": [{"id": "ada", "name": "Ada"}, {"id": "bell", "name": "Bell"},
                                    {"id": "cruz", "name": "Cruz"}]},
    {"id": "chair", "name": "Chair", "kind": "ranked", "votes_allowed": 3,
     "options": [{"id": "a", "name": "Ann"}, {"id": "b", "name": "Ben"}, {"id": "c", "name": "Cy"}]}])",
                    {.units = R"([{"id": "union", "name": "Union", "kind": "union"},
                                  {"id": "union/mill", "name": "Old mill", "kind": "place", "parent": "union"}])",
                     .styles = R"([{"id": "both", "cards": [["board"], ["chair"]]}])"});
}

constexpr std::string_view head = R"(teller = "mapping/1"
kind = "ballots"
[ballot]
number = "{No}"
[unit]
id = "{Place}"
[marks]
empty = ["undervote"]
blank = ["blank"]
invalid = ["spoilt"]
overvote = ["overvote"]
write_in = ["write-in"]
)";
constexpr std::string_view names = R"([[contest]]
id = "board"
column = "Board"
[[contest]]
id = "chair"
ranks = ["1st", "2nd", "3rd"]
)";
constexpr std::string_view columns = R"([[contest]]
id = "board"
columns = ["Ada", "Bell", "Cruz"]
write_in = "Other"
[[contest]]
id = "Chair"
columns = ["Ann", "Ben", "Cy"]
)";

class TypedBallots : public testing::Test {
 protected:
  TypedBallots() : rules_(rules_of_union()), secret_(32) {}

  BallotsRead read(std::string_view csv, std::string_view mapping,
                   const std::string& source = "union") {
    BallotMaker maker(rules_, count_, secret_, source);
    CsvReader reader(csv, {});
    auto made = read_ballots(reader, "ballots.csv", mapping_of(mapping), rules_, maker);
    EXPECT_TRUE(made) << made.error().detail;
    return std::move(*made);
  }
  Error refused(std::string_view csv, std::string_view mapping) {
    BallotMaker maker(rules_, count_, secret_, "union");
    CsvReader reader(csv, {});
    auto made = read_ballots(reader, "ballots.csv", mapping_of(mapping), rules_, maker);
    EXPECT_FALSE(made);
    return made.error();
  }
  static BallotMapping mapping_of(std::string_view more) {
    auto mapping = BallotMapping::parse(std::string(head) + std::string(more), "union.toml");
    EXPECT_TRUE(mapping) << mapping.error().detail;
    return std::move(*mapping);
  }

  // What the cards of the only row say: "0 2 | 0, , 1 2".
  std::string said(std::string_view row, std::string_view header, std::string_view mapping) {
    const auto made = read(fmt::format("{}\n{}\n", header, row), mapping);
    for (const auto& fault : made.faults)
      return fmt::format("{} {} {} {}", fault.code.text(), fault.column, fault.found, fault.detail);
    std::vector<std::string> cards(2);
    for (const MadeBallot& ballot : made.ballots) {
      Entry entry;
      EXPECT_FALSE(decode(ballot.entry, rules_, count_, entry));
      cards.at(ballot.card - 1U) = text_of(std::get<Ballot>(entry.body).selections.at(0));
    }
    return cards[0] + "| " + cards[1];
  }
  static std::string text_of(const Selection& selection) {
    std::string text;
    if (selection.form == Selection::Form::blank) return "blank ";
    if (selection.form == Selection::Form::invalid) return "invalid ";
    for (const OptionId option : selection.marks) text += fmt::format("{} ", option.value);
    for (const std::string& name : selection.write_ins) text += fmt::format("'{}' ", name);
    for (const auto& rank : selection.ranks) {
      for (const OptionId option : rank) text += fmt::format("{} ", option.value);
      text += ", ";
    }
    return text;
  }
  std::string by_name(std::string_view row) {
    return said(row, "No,Place,Board,1st,2nd,3rd", names);
  }
  std::string by_column(std::string_view row) {
    return said(row, "No,Place,Ada,Bell,Cruz,Other,Ann,Ben,Cy", columns);
  }
  static std::vector<std::string> faults(const BallotsRead& read) {
    std::vector<std::string> found;
    for (const RowFault& fault : read.faults)
      found.push_back(fmt::format("{} {}", fault.line, fault.code.text()));
    return found;
  }

  const Rules rules_;
  const CountId count_{};
  const Bytes secret_;
};

TEST_F(TypedBallots, NamesInOneCellAreMarks) {
  EXPECT_EQ(by_name("7,Old mill,Ada;Cruz,Ann,Cy,Ben"), "0 2 | 0 , 2 , 1 , ");
  EXPECT_EQ(by_name("7,union/mill,Ada; bell,,,"), "0 1 | ");
  EXPECT_EQ(by_name("7,Old mill,cruz;ada;bell,,,"), "0 1 2 | ");
}

TEST_F(TypedBallots, AnEmptyCellIsAContestLeftEmpty) {
  EXPECT_EQ(by_name("7,Old mill,,,,"), "| ");
  EXPECT_EQ(by_name("7,Old mill,undervote,undervote,undervote,"), "| ");
}

TEST_F(TypedBallots, BlankAndInvalidAreOfTheWholeContest) {
  EXPECT_EQ(by_name("7,Old mill,blank,spoilt,,"), "blank | invalid ");
  EXPECT_TRUE(by_column("7,Old mill,blank,x,,,,,").starts_with("ballots.mark_invalid Ada"));
}

// Skipped, doubled and repeated ranks stand as the voter wrote them; the rules say what they mean.
TEST_F(TypedBallots, RanksAreTakenAsTheyStand) {
  EXPECT_EQ(by_name("7,Old mill,,,Ben,Cy"), "| , 1 , 2 , ");
  EXPECT_EQ(by_name("7,Old mill,,Ann;Ben,Cy,"), "| 0 1 , 2 , ");
  EXPECT_EQ(by_name("7,Old mill,,Ann,Ann,Ben"), "| 0 , 0 , 1 , ");
  EXPECT_EQ(by_name("7,Old mill,,overvote,Cy,undervote"), "| 0 1 2 , 2 , ");
}

TEST_F(TypedBallots, AColumnForEachOptionHoldsItsMarkOrItsRank) {
  EXPECT_EQ(by_column("7,Old mill,x,,1,,2,1,"), "0 2 | 1 , 0 , ");
  EXPECT_EQ(by_column("7,Old mill,0,X,0,,1,1,3"), "1 | 0 1 , , 2 , ");
  EXPECT_TRUE(
      by_column("7,Old mill,yes,,,,,,").starts_with("ballots.mark_invalid Ada \"yes\" must be"));
  EXPECT_TRUE(by_column("7,Old mill,,,,,4,,")
                  .starts_with("ballots.mark_invalid Ann \"4\" must be a rank from 1 to 3"));
}

TEST_F(TypedBallots, ANameThatWasWrittenInIsOneWhateverItsColumn) {
  EXPECT_EQ(by_column("7,Old mill,x,,,Zoë,,,"), "0 'Zoë' | ");
  EXPECT_EQ(by_name("7,Old mill,write-in: Zoë;Ada,,,"), "0 'Zoë' | ");
  EXPECT_EQ(by_name("7,Old mill,write-in;write-in,,,"), "'' '' | ");
  EXPECT_TRUE(by_name("7,Old mill,,write-in: Zoë,,").starts_with("entry.write_in.not_allowed 1st"));
}

TEST_F(TypedBallots, WhatIsNoOptionIsNamedWithItsColumn) {
  EXPECT_EQ(
      by_name("7,Old mill,Ada;Bel,,,"),
      "import.option_unknown Board \"Bel\" contest board has no such option; it has \"Ada\", …");
  EXPECT_TRUE(by_name("7,Old mill,Ada;ada,,,").starts_with("entry.marks.repeated Board"));
  EXPECT_TRUE(by_name("7,New mill,Ada,,,").starts_with("import.unit_unknown Place \"New mill\""));
  EXPECT_TRUE(by_name(",Old mill,Ada,,,").starts_with("import.value_missing No"));
}

TEST_F(TypedBallots, ARowThatIsRefusedStopsNoOther) {
  const auto made = read(
      "No,Place,Board,1st,2nd,3rd\n1,Old mill,Ada,,,\n2,Old mill,Adda,Ann,,\n"
      "3,Old mill,Bell,,\n4,Old mill,Cruz,,,\n",
      names);
  EXPECT_EQ(faults(made),
            (std::vector<std::string>{"3 import.option_unknown", "4 csv.field_count"}));
  EXPECT_EQ(made.rows_read, 4U);
  EXPECT_EQ(made.ballots.size(), 4U) << "two papers of two cards";
}

// Nobody but the papers can say which is right.
TEST_F(TypedBallots, OfTwoRowsOfOneNumberNeitherIsTaken) {
  const auto made = read(
      "No,Place,Board,1st,2nd,3rd\n1,Old mill,Ada,,,\n2,Old mill,Bell,,,\n1,Old mill,Cruz,,,\n",
      names);
  EXPECT_EQ(made.rows_refused(), 2U);
  EXPECT_EQ(faults(made).front(), "2 ballots.number_repeated");
  ASSERT_EQ(made.ballots.size(), 2U);
  EXPECT_EQ(made.ballots[0].number, "2");
}

TEST_F(TypedBallots, ACardsRowIsThatCardAlone) {
  const std::string mapping = R"([[contest]]
id = "board"
column = "Board"
[[contest]]
id = "chair"
ranks = ["1st"]
)";
  BallotMaker maker(rules_, count_, secret_, "union");
  auto with_card = BallotMapping::parse(
      std::string(head).replace(head.find("[unit]"), 0, "card = \"{Card}\"\n") + mapping, "u.toml");
  ASSERT_TRUE(with_card) << with_card.error().detail;
  CsvReader csv(
      "No,Place,Card,Board,1st\n1,Old mill,1,Ada,\n1,Old mill,2,,Ben\n2,Old mill,2,Ada,\n"
      "3,Old mill,,Ada,\n4,Old mill,3,Ada,\n",
      {});
  const auto made = read_ballots(csv, "ballots.csv", std::move(*with_card), rules_, maker);
  ASSERT_TRUE(made);
  EXPECT_EQ(faults(*made),
            (std::vector<std::string>{"4 ballots.row_unfit", "5 import.value_missing",
                                      "6 ballots.row_unfit"}));
  ASSERT_EQ(made->ballots.size(), 2U);
  EXPECT_NE(made->ballots[0].id, made->ballots[1].id);
}

TEST_F(TypedBallots, TheSameRowIsTheSameBytesAndAMendedOneTheSameIds) {
  const std::string_view header = "No,Place,Board,1st,2nd,3rd\n";
  const auto first = read(std::string(header) + "1,Old mill,Ada,Ann,,\n", names);
  const auto again =
      read(std::string(header) + "0,Old mill,Bell,,,\n1,Old mill,Ada,Ann,,\n", names);
  const auto mended = read(std::string(header) + "1,Old mill,Bell,Ann,,\n", names);
  const auto entry_of = [](const BallotsRead& read, std::uint8_t card) {
    for (const MadeBallot& one : read.ballots) {
      if (one.number == "1" && one.card == card) return std::pair(one.id, one.entry);
    }
    return std::pair(EntryId{}, Bytes{});
  };
  EXPECT_EQ(entry_of(first, 1), entry_of(again, 1));
  EXPECT_EQ(entry_of(first, 1).first, entry_of(mended, 1).first);
  EXPECT_NE(entry_of(first, 1).second, entry_of(mended, 1).second);
  EXPECT_EQ(entry_of(first, 2), entry_of(mended, 2));
  EXPECT_NE(entry_of(first, 1).first, entry_of(first, 2).first);
}

TEST_F(TypedBallots, AnotherSourceHasOtherIds) {
  const std::string_view csv = "No,Place,Board,1st,2nd,3rd\n1,Old mill,Ada,Ann,,\n";
  const auto here = read(csv, names, "north"), there = read(csv, names, "south");
  for (const MadeBallot& one : here.ballots) {
    for (const MadeBallot& other : there.ballots) EXPECT_NE(one.id, other.id);
  }
}

TEST_F(TypedBallots, AContestThatTheMappingForgetsIsNotLeftEmpty) {
  const auto made =
      read("No,Place,Board\n1,Old mill,Ada\n", "[[contest]]\nid = \"board\"\ncolumn = \"Board\"\n");
  EXPECT_EQ(faults(made), std::vector<std::string>{"2 ballots.row_unfit"});
  EXPECT_TRUE(made.ballots.empty());
}

TEST_F(TypedBallots, AColumnThatNobodyReadsIsSaid) {
  const auto made = read("No,Place,Board,1st,2nd,3rd,Remarks\n1,Old mill,Ada,,,,late\n", names);
  ASSERT_EQ(made.notes.size(), 1U);
  EXPECT_TRUE(made.notes[0].ends_with("nothing was read of: \"Remarks\"")) << made.notes[0];
}

TEST_F(TypedBallots, TheMappingFitsTheFileAndTheRules) {
  EXPECT_EQ(refused("No,Place,Board\n", names).code, Code("import.column_missing"));
  EXPECT_EQ(
      refused("No,Place,Board,Board\n", "[[contest]]\nid = \"board\"\ncolumn = \"Board\"\n").code,
      Code("import.column_repeated"));
  EXPECT_EQ(refused("No,Place,Bord\n", "[[contest]]\nid = \"bord\"\ncolumn = \"Bord\"\n").code,
            Code("import.contest_unknown"));
  EXPECT_EQ(refused("No,Place,A\n", "[[contest]]\nid = \"board\"\nranks = [\"A\"]\n").code,
            Code("mapping.invalid"));
  EXPECT_EQ(refused("No,Place,A\n",
                    "[[contest]]\nid = \"board\"\ncolumn = \"A\"\nids = {\"X\" = \"none\"}\n")
                .code,
            Code("import.option_unknown"));
}

TEST_F(TypedBallots, AMappingSaysEachThingOnce) {
  const auto wrong = BallotMapping::parse(R"(teller = "mapping/1"
kind = "ballots"
colour = "red"
[ballot]
number = "7"
[unit]
id = "mill"
[[contest]]
id = "board"
[marks]
blank = ["-"]
empty = ["-"]
)",
                                          "union.toml");
  ASSERT_FALSE(wrong);
  for (const char* const said :
       {"colour", "must name a column", "where the marks stand", "in empty too"})
    EXPECT_TRUE(wrong.error().detail.contains(said)) << said << "\n" << wrong.error().detail;
}

}  // namespace
}  // namespace teller
