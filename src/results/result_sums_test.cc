#include "results/result_sums.h"

#include <gtest/gtest.h>

#include "count/step.h"

namespace teller {
namespace {

class ResultSumsTest : public ::testing::Test {
 protected:
  ResultSumsTest() {
    ResultsTable::Contest mayor, council;
    mayor.id = "mayor";
    mayor.options = {{"ada", "Ada", {}}, {"bell", "Bell", {}}};
    council.id = "council";
    council.options = {{"cruz", "Cruz", {}}};
    table.contests = {mayor, council};
  }

  // By unit, contest and column, as a table has them.
  void cell(std::uint32_t unit, std::uint16_t contest, std::uint16_t column, std::uint64_t value,
            bool withheld = false) {
    ResultsTable::Cell& made = table.cells.emplace_back();
    made.unit = unit;
    made.contest = contest;
    made.column = column;
    made.value = value;
    made.withheld = withheld;
  }

  static std::string words(const ResultSums& sums, const TotalFigure& figure) {
    return in_words(figure, sums.cell_word);
  }

  ResultsTable table;
};

TEST_F(ResultSumsTest, WriteInsStandBesideTheVotes) {
  cell(0, 0, 0, 3);
  cell(0, 0, 1, 5);
  cell(0, 0, slot::cards, 99);
  cell(1, 0, 0, 4);
  cell(1, 0, 1, 0);
  cell(1, 0, slot::write_ins, 8);
  cell(1, 1, 0, 8);

  const ResultSums sums = result_sums(table);

  ASSERT_EQ(sums.contests.size(), 2U);
  EXPECT_EQ(words(sums, sums.contests[0].options[0].votes), "7");
  EXPECT_EQ(words(sums, sums.contests[0].votes), "12");
  EXPECT_EQ(words(sums, *sums.contests[0].write_ins), "8, unknown in 1 of 2 units");
  EXPECT_EQ(sums.contests[1].write_ins, std::nullopt);
  EXPECT_EQ(words(sums, sums.votes), "20");
}

TEST_F(ResultSumsTest, WhatIsWithheldOrNotThereIsNoZero) {
  cell(0, 0, 0, 10);
  cell(0, 0, 1, 0, true);
  cell(1, 0, 0, 7);
  cell(2, 1, 0, 0, true);
  cell(2, 1, slot::write_ins, 0, true);

  const ResultSums sums = result_sums(table);

  EXPECT_EQ(words(sums, sums.contests[0].options[0].votes), "17");
  EXPECT_EQ(words(sums, sums.contests[0].options[1].votes), "withheld");
  EXPECT_EQ(words(sums, sums.contests[0].votes), "17, withheld in 1 and unknown in 1 of 2 units");
  EXPECT_EQ(words(sums, sums.contests[1].votes), "withheld");
  EXPECT_EQ(words(sums, *sums.contests[1].write_ins), "withheld");
  EXPECT_EQ(words(sums, sums.votes), "17, withheld in 2 and unknown in 1 of 3 units");
}

TEST_F(ResultSumsTest, AMissingRowIsAZeroWhereTheMappingSaysSo) {
  cell(0, 0, 0, 10);
  cell(1, 0, 0, 7);
  cell(2, 0, slot::cards, 9);
  table.missing_rows_zero = true;
  table.unknown.push_back({});
  table.unknown.back().unit = 1;
  table.unknown.back().column = 1;

  const ResultSums sums = result_sums(table);

  EXPECT_EQ(words(sums, sums.contests[0].options[1].votes), "0, unknown in 2 of 3 units");
}

}  // namespace
}  // namespace teller
