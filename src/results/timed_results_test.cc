// Files that say when their figures were true.
#include "results/timed_results.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "testing/folder.h"

namespace teller {
namespace {

constexpr std::string_view rest = R"([[unit]]
kind = "precinct"
id = "{precinct}"
[contest]
id = "mayor"
[option]
id = "{name}"
[method]
id = "all"
[votes]
column = "votes"
)";

class TimedResultsTest : public testing::Test {
 protected:
  // "time: line figure, line figure; …" of a file, or what is wrong with it.
  std::string read(std::string_view at, std::string_view text, const std::string& name = "a.csv",
                   std::string_view end = rest) {
    auto mapping = Mapping::parse(fmt::format("teller = \"mapping/1\"\n{}{}", at, end), "m.toml");
    if (!mapping) return to_text(mapping.error());
    const std::vector files{NamedFile{folder.write(name, text), name}};
    const auto all = read_timed_results(files, *mapping);
    if (!all) return to_text(all.error());
    std::string said;
    for (const TimedResults& one : *all) {
      said += one.figures_at_us ? format_utc(*one.figures_at_us).substr(5, 11) + ":" : "none:";
      for (const auto& cell : one.table.cells) said += fmt::format(" {} {}", cell.line, cell.value);
      for (const RowFault& fault : one.table.faults)
        said += fmt::format(" {} {}", fault.line, fault.code.text());
      said += ";";
    }
    return said;
  }
  TestFolder folder;
};

TEST_F(TimedResultsTest, AFileOfOneTimeIsOneTable) {
  const char* const column = "[figures_at]\ncolumn = \"at\"\nzone = \"+02:00\"\n";
  EXPECT_EQ(read(column,
                 "at,precinct,name,votes\n2026-05-03 21:00,P1,Ada,3\n2026-05-03 21:00,P1,Ben,4\n"),
            "05-03T19:00: 2 3 3 4;");
  EXPECT_EQ(read("", "precinct,name,votes\nP1,Ada,3\n"), "none: 2 3;");
}

// By the rows of one time alone "leader" is a column of numbers too, and each delivery said that something was new.
TEST_F(TimedResultsTest, WhatIsLeftOutOfATimeLineIsLeftOutOfEachTime) {
  const auto mapping = Mapping::parse(
      fmt::format("teller = \"mapping/1\"\n[figures_at]\ncolumn = \"at\"\nzone = \"Z\"\n{}", rest),
      "m.toml");
  ASSERT_TRUE(mapping) << to_text(mapping.error());
  const std::string text =
      "at,precinct,name,votes,left,leader\n2026-05-03 21:00,P1,Ada,3,9,45.5\n"
      "2026-05-03 22:00,P1,Ada,4,8,1\n2026-05-03 23:00,P1,Ada,5,7,2\n";
  const std::vector files{NamedFile{folder.write("a.csv", text), "a.csv"}};
  const auto all = read_timed_results(files, *mapping);
  ASSERT_TRUE(all) << to_text(all.error());
  ASSERT_EQ(all->size(), 3);
  for (const TimedResults& one : *all) {
    ASSERT_EQ(one.table.left_out.size(), 1);
    EXPECT_TRUE(one.table.left_out.front().ends_with(": \"left\"")) << one.table.left_out.front();
  }
  EXPECT_EQ(all->at(0).table.notes.size(), 1);
  EXPECT_EQ(all->at(1).table.notes.size(), 0);
}

TEST_F(TimedResultsTest, ATimeLineIsATableForEachTimeWithTheLinesOfTheFile) {
  const char* const column =
      "[figures_at]\ncolumn = \"at\"\nzone = \"Z\"\n[csv]\nheader_line = 2\n";
  EXPECT_EQ(
      read(column,
           "Rill\nat,precinct,name,votes\n2026-05-03 22:00,P1,Ada,5\n"
           "2026-05-03 21:00,P1,Ada,\"3\"\n2026-05-03 21:00,P1,Ben,x\n2026-05-03 22:00,P1,Ben,7\n"),
      "05-03T21:00: 4 3 5 import.not_a_number;05-03T22:00: 3 5 6 7;");
}

TEST_F(TimedResultsTest, ALineThatCannotBeReadMayBeOfAnyTime) {
  EXPECT_EQ(read("[figures_at]\ncolumn = \"at\"\n",
                 "at,precinct,name,votes\n2026-05-03T21:00Z,P1,Ada,3\n2026,05\n"
                 "2026-05-03T22:00Z,P1,Ada,4\n"),
            "05-03T21:00: 2 3 3 csv.field_count;05-03T22:00: 4 4 3 csv.field_count;");
}

TEST_F(TimedResultsTest, ARowThatRepeatsAnotherOfItsTimeIsRefused) {
  EXPECT_EQ(
      read("[figures_at]\ncolumn = \"at\"\n",
           "at,precinct,name,votes\n2026-05-03T21:00Z,P1,Ada,3\n2026-05-03T21:00:00Z,P1,Ada,4\n"
           "2026-05-03T22:00Z,P1,Ada,5\n"),
      "05-03T21:00: 2 3 3 import.row_repeated;05-03T22:00: 4 5;");
}

TEST_F(TimedResultsTest, ATimeMayStandInTheNameOfTheFile) {
  const char* const name =
      "[figures_at]\nfile_name = \"rill-{YYYY}{MM}{DD}-{hh}{mm}*\"\nzone = \"Z\"\n";
  const char* const rows = "precinct,name,votes\nP1,Ada,3\n";
  EXPECT_EQ(read(name, rows, "rill-20260503-2105.csv"), "05-03T21:05: 2 3;");
  EXPECT_NE(read(name, rows, "rill.csv").find("feed.no_time"), std::string::npos);
}

// Several files are one delivery, and a delivery has one time.
TEST_F(TimedResultsTest, FilesOfOneDeliveryAreOfOneTime) {
  const char* const by_name =
      "[figures_at]\nfile_name = \"{hh}{mm}-{YYYY}{MM}{DD}-*\"\nzone = \"Z\"\n";
  const auto read_two = [&](const std::string& first, const std::string& second) -> std::string {
    const auto mapping =
        Mapping::parse(fmt::format("teller = \"mapping/1\"\n{}{}", by_name, rest), "m.toml");
    const std::vector files{
        NamedFile{folder.write("one", "precinct,name,votes\nP1,Ada,3\n"), first},
        NamedFile{folder.write("two", "precinct,name,votes\nP2,Ada,4\n"), second}};
    const auto all = read_timed_results(files, *mapping);
    if (!all) return to_text(all.error());
    return fmt::format("{} {} cells", format_utc(*all->front().figures_at_us).substr(5, 11),
                       all->front().table.cells.size());
  };
  EXPECT_EQ(read_two("2105-20260503-a", "2105-20260503-b"), "05-03T21:05 2 cells");
  EXPECT_NE(read_two("2105-20260503-a", "2110-20260503-b").find("feed.no_time"), std::string::npos);
}

TEST_F(TimedResultsTest, JsonHasItsTimeBesideTheRecords) {
  const char* const mapping =
      "[json]\nrecords = \"Data\"\n[figures_at]\ncolumn = \"/Time\"\nform = \"{M}/{D}/{YYYY} "
      "{h}:{mm} {AM}\"\n"
      "zone = \"-08:00\"\n";
  EXPECT_EQ(
      read(mapping,
           R"({"Data":[{"precinct":"P1","name":"Ada","votes":3}],"Time":"5/3/2026 9:00 PM"})"),
      "05-04T05:00: 2 3;");
}

TEST_F(TimedResultsTest, AnOptionsNameMayStandInAColumnOfItsOwn) {
  const char* const wide = R"([[unit]]
kind = "state"
id = "{state}"
[contest]
id = "president"
[option]
id = "{header}"
[method]
id = "all"
[votes]
columns = ["first votes", "second votes"]
name_columns = ["first", "second"]
)";
  EXPECT_EQ(read("[figures_at]\ncolumn = \"at\"\n",
                 "at,state,first,second,first votes,second votes\n2026-05-03T21:00Z,A,Ada,Ben,5,3\n"
                 "2026-05-03T22:00Z,A,Ben,Ada,9,6\n",
                 "a.csv", wide),
            "05-03T21:00: 2 5 2 3;05-03T22:00: 3 9 3 6;");
}

TEST_F(TimedResultsTest, WhatIsNoTimeIsRefusedAndNothingIsGuessed) {
  const auto refused = [&](std::string_view at, std::string_view text) {
    return read(at, text).find("feed.no_time") != std::string::npos;
  };
  const char* const column = "[figures_at]\ncolumn = \"at\"\n";
  EXPECT_TRUE(refused(column, "at,precinct,name,votes\nlate,P1,Ada,3\n"));
  EXPECT_TRUE(refused(column, "at,precinct,name,votes\n,P1,Ada,3\n"));
  EXPECT_TRUE(refused(column, "at,precinct,name,votes\n2026-05-03 21:00,P1,Ada,3\n")) << "no zone";
  EXPECT_NE(read("[figures_at]\nzone = \"Z\"\n", "").find("mapping.invalid"), std::string::npos);
}

}  // namespace
}  // namespace teller
