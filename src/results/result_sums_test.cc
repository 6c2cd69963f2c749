#include "results/result_sums.h"

#include <gtest/gtest.h>

#include "count/step.h"

namespace teller {
namespace {

TEST(ResultSums, WriteInsStandBesideTheVotesAndWithheldFiguresInNeither) {
  ResultsTable table;
  ResultsTable::Contest mayor, council;
  mayor.id = "mayor";
  mayor.options = {{"ada", "Ada", {}}, {"bell", "Bell", {}}};
  council.id = "council";
  council.options = {{"cruz", "Cruz", {}}};
  table.contests = {mayor, council};
  const auto cell = [&](std::uint16_t contest, std::uint16_t column, std::uint64_t value,
                        bool withheld = false) {
    ResultsTable::Cell& made = table.cells.emplace_back();
    made.contest = contest;
    made.column = column;
    made.value = value;
    made.withheld = withheld;
  };
  cell(0, 0, 3);
  cell(0, 0, 4);
  cell(0, 1, 5);
  cell(0, slot::write_ins, 2);
  cell(0, slot::write_ins, 6);
  cell(0, slot::cards, 99);
  cell(1, 0, 8);
  cell(1, slot::write_ins, 0, true);

  const ResultSums sums = result_sums(table);

  ASSERT_EQ(sums.contests.size(), 2U);
  EXPECT_EQ(sums.contests[0].options[0].votes, 7U);
  EXPECT_EQ(sums.contests[0].votes, 12U);
  EXPECT_EQ(sums.contests[0].write_ins, 8U);
  EXPECT_EQ(sums.contests[1].write_ins, std::nullopt);
  EXPECT_EQ(sums.votes, 20U);
}

}  // namespace
}  // namespace teller
