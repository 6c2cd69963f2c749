#include "count/partition.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "testing/example_election.h"

namespace teller {
namespace {

using namespace example;

class PartitionTest : public testing::Test {
 protected:
  const Rules rules = example::rules();
  const CountFile count = example::count();
  Partition partition{rules, count, 0};
};

TEST_F(PartitionTest, TheSameInputGivesTheSameBytes) {
  Partition other(rules, count, 0);
  Step a, b;
  step(partition, {ballot(1, {0}), ballot(2, {1}), ballot(1, {0})}, &a);
  step(other, {ballot(1, {0}), ballot(2, {1}), ballot(1, {0})}, &b);
  EXPECT_EQ(a.segment, b.segment);
  EXPECT_EQ(a.change, b.change);
}

// What is published must not tell who came first.
TEST_F(PartitionTest, TheSegmentDoesNotDependOnTheOrderOfArrival) {
  Partition other(rules, count, 0);
  Step a, b;
  step(partition, {ballot(1, {0}), ballot(2, {1}), ballot(3, {2})}, &a);
  step(other, {ballot(3, {2}), ballot(1, {0}), ballot(2, {1})}, &b);
  EXPECT_EQ(a.segment, b.segment);
}

TEST_F(PartitionTest, EveryRecordedEntryHasOneOutcome) {
  const Change change = step(partition, {ballot(1, {0}), ballot(1, {0}), ballot(1, {1}), Bytes{9}});
  EXPECT_EQ(change.outcomes, (Outcomes{1, 1, 1, 1}));
  ASSERT_EQ(change.incidents.size(), 2U);
  EXPECT_EQ(change.incidents[0].outcome, Outcome::conflict);
  EXPECT_EQ(change.incidents[0].position, 2U);
  EXPECT_EQ(change.incidents[1].reason, Reason::entry_version_unknown);
}

TEST_F(PartitionTest, ACopyInALaterStepIsADuplicateAndAnotherContentAConflict) {
  committed_step(partition, {ballot(1, {0})});
  const Change change = committed_step(partition, {ballot(1, {0}), ballot(1, {1})});
  EXPECT_EQ(change.outcomes, (Outcomes{0, 1, 1, 0}));
  EXPECT_TRUE(change.totals.empty());
  EXPECT_EQ(change.log_size, 1U);
}

TEST_F(PartitionTest, AnOvervoteLosesAllVotesOfTheContestAndAnUndervoteOnlyTheMissingOnes) {
  const Change change = step(partition, {ballot(1, {0, 1, 2}), ballot(2, {0}), ballot(3, {})});
  EXPECT_EQ(value(change, council, 0), 1);
  EXPECT_EQ(value(change, council, slot::overvotes), 2);
  EXPECT_EQ(value(change, council, slot::undervotes), 3);
  EXPECT_EQ(value(change, council, slot::cards), 3);
  EXPECT_EQ(value(change, whole_unit, slot::cards), 3);
}

TEST_F(PartitionTest, ARankedBallotCountsForItsFirstPreference) {
  const Change change = step(
      partition, {ranked(1, {{2}, {0}}), ranked(2, {{}, {1}}), ranked(3, {{0, 1}}), ranked(4, {})});
  EXPECT_EQ(value(change, mayor, 2), 1);
  EXPECT_EQ(value(change, mayor, 1), 1);
  EXPECT_EQ(value(change, mayor, slot::overvotes), 1);
  EXPECT_EQ(value(change, mayor, slot::exhausted), 1);
  EXPECT_EQ(value(change, mayor, slot::cards), 4);
}

TEST_F(PartitionTest, TheHighestVersionOfASheetStandsWhateverComesWhen) {
  const std::vector<Bytes> versions{sheet(1, Figure::of(5), Figure::of(6)),
                                    sheet(3, Figure::of(7), Figure{}),
                                    sheet(2, Figure::of(100), Figure::withheld())};
  std::vector<int> order{0, 1, 2};
  do {
    Partition fresh(rules, count, 0);
    std::int64_t yes = 0, no = 0, known = 0, withheld = 0, sheets = 0;
    for (const int i : order) {
      const Change change = committed_step(fresh, {versions[static_cast<std::size_t>(i)]});
      EXPECT_EQ(change.outcomes.counted, 1U);  // Every version is a leaf.
      yes += value(change, hall, 0);
      no += value(change, hall, 1);
      sheets += value(change, whole_unit, slot::sheets);
      for (const TotalChange& total : change.totals) {
        if (total.key.slot != 1) continue;
        known += total.by.known;
        withheld += total.by.withheld;
      }
    }
    EXPECT_EQ(yes, 7);
    EXPECT_EQ(no, 0);
    EXPECT_EQ(known, 0) << "unknown in version 3";
    EXPECT_EQ(withheld, 0);
    EXPECT_EQ(sheets, 1);
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(PartitionTest, AFallUnderUpdateIsCountedAndReportedAndOneUnderCorrectionIsNot) {
  committed_step(partition, {sheet(1, Figure::of(9), Figure::of(1))});
  const Change update = committed_step(partition, {sheet(2, Figure::of(4), Figure::of(1))});
  EXPECT_EQ(value(update, hall, 0), -5);
  ASSERT_EQ(update.decreases.size(), 1U);
  EXPECT_EQ(update.decreases[0].before, 9U);
  EXPECT_EQ(update.decreases[0].after, 4U);
  const Change correction =
      committed_step(partition, {sheet(3, Figure::of(3), Figure::of(1), Sheet::Act::correction)});
  EXPECT_TRUE(correction.decreases.empty());
}

// To the totals it is as if the sheet had never come; only its version says that lower ones are late.
TEST_F(PartitionTest, AWithdrawalTakesTheFiguresAwayWhateverComesWhen) {
  const std::vector<Bytes> versions{sheet(1, Figure::of(5), Figure::withheld()),
                                    sheet(2, Figure::of(7), Figure::of(8)), withdrawal(3)};
  std::vector<int> order{0, 1, 2};
  do {
    Partition fresh(rules, count, 0);
    std::map<TotalKey, Total> totals;
    for (const int i : order) {
      const Change change = committed_step(fresh, {versions[static_cast<std::size_t>(i)]});
      EXPECT_EQ(change.outcomes.counted, 1U);  // Every version is a leaf.
      EXPECT_TRUE(change.decreases.empty()) << "there is no smaller number";
      for (const TotalChange& total : change.totals) totals[total.key] += total.by;
    }
    for (const auto& [key, total] : totals) EXPECT_TRUE(total.is_zero()) << key.slot;
    const Change again = committed_step(fresh, {sheet(4, Figure::of(1), Figure{})});
    EXPECT_EQ(value(again, hall, 0), 1);
    EXPECT_EQ(value(again, whole_unit, slot::sheets), 1);
    EXPECT_EQ(again.totals.size(), 2U);
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(PartitionTest, AWithdrawalOfWhatNeverHadFiguresMovesNoTotal) {
  const Change first = committed_step(partition, {withdrawal(2)});
  EXPECT_EQ(first.outcomes.counted, 1U);
  EXPECT_TRUE(first.totals.empty());
  EXPECT_TRUE(committed_step(partition, {withdrawal(3)}).totals.empty());
}

// A step may be computed many times before one is committed: by a retry, by a second owner.
TEST_F(PartitionTest, AStepThatWasNotCommittedLeavesNoTrace) {
  const Committed base = partition.at();
  const Change first = step(partition, {ballot(1, {0}), ballot(2, {1})});
  ASSERT_TRUE(partition.settle(base));
  const Change second = step(partition, {ballot(1, {0})});
  EXPECT_EQ(second.outcomes, (Outcomes{1, 0, 0, 0}));
  EXPECT_EQ(second.number, first.number);
  EXPECT_TRUE(partition.settle(second.after()));
  EXPECT_EQ(partition.counted(), 1U);
}

TEST_F(PartitionTest, WhatTheStoreHasThatWeDidNotComputeIsNotGuessed) {
  step(partition, {ballot(1, {0})});
  Committed other = partition.at();
  other.number = 1;
  other.position = 1;
  other.log_size = 1;
  other.root = Hash{1, 2, 3};
  const auto settled = partition.settle(other);
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code, "count.behind");
  EXPECT_EQ(partition.at().number, 0U);
}

TEST_F(PartitionTest, AStateRestoredFromSegmentsCountsOnAsIfItHadNeverStopped) {
  Partition restored(rules, count, 0);
  for (std::uint32_t round = 0; round < 5; ++round) {
    Step made;
    const Change change =
        committed_step(partition,
                       {ballot(round * 2, {0}), ballot(round * 2 + 1, {1}), ballot(0, {0}),
                        round == 3 ? withdrawal(4) : sheet(round + 1, Figure::of(round), Figure{})},
                       &made);
    ASSERT_TRUE(restored.restore(made.segment, change.to));
    ASSERT_EQ(restored.at(), partition.at());
  }
  Step a, b;
  const std::vector<Bytes> next{ballot(3, {1}), ballot(4, {2}), sheet(2, Figure::of(9), Figure{}),
                                ballot(99, {2})};
  step(partition, next, &a);
  step(restored, next, &b);
  EXPECT_EQ(a.change, b.change);
}

// Every byte of a segment is covered by something: no change goes unseen.
TEST_F(PartitionTest, ASegmentWithOneChangedByteIsNeverRestored) {
  Step made;
  const Change change = step(partition, {ballot(1, {0}), ballot(2, {1}), ballot(3, {2})}, &made);
  for (std::size_t i = 0; i < made.segment.size(); ++i) {
    Bytes damaged = made.segment;
    damaged[i] ^= 0x10;
    Partition fresh(rules, count, 0);
    EXPECT_FALSE(fresh.restore(damaged, change.to)) << "byte " << i;
    EXPECT_EQ(fresh.at(), Committed{});
  }
}

using PartitionDeathTest = PartitionTest;

TEST_F(PartitionDeathTest, RecordsOutOfOrderAreOurMistake) {
  const Bytes one = ballot(1, {0}), two = ballot(2, {0});
  const std::vector<RecordedEntry> swapped{{1, 0, one}, {0, 0, two}};
  EXPECT_DEATH((void)partition.step(2, swapped), "whole and in order");
}

}  // namespace
}  // namespace teller
