// publish/unstated.h over a whole home: what is committed and not stated yet is counted again from the log before it is
// signed.
#include "publish/unstated.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "count/partition.h"
#include "testing/home_on_disk.h"

namespace teller {
namespace {

class UnstatedTest : public testing::Test {
 protected:
  // Commits the next step of partition 0, whose segment is right, with a change that somebody altered.
  void commit(const std::vector<Entry>& entries, const std::function<void(Change&)>& alter) {
    Partition partition(home.home->rules, home.home->count, 0);
    const Committed before = home.committed()[0];
    for (std::uint64_t step = 1; step <= before.number; ++step) {
      const auto hash = home.segments->list(0, step);
      ASSERT_TRUE(hash && hash->size() == 1);
      const auto segment = home.segments->get(0, step, hash->front());
      ASSERT_TRUE(segment && partition.restore(*segment, before.position));
    }
    std::vector<Bytes> bytes;
    for (const Entry& entry : entries) bytes.push_back(encode(entry, home.home->count.id));
    std::vector<RecordedEntry> recorded;
    for (const Bytes& entry : bytes)
      recorded.push_back({before.position + recorded.size(), 0, entry});
    const Step step = partition.step(before.position + recorded.size(), recorded);
    ASSERT_TRUE(home.segments->put(0, before.number + 1, step.segment_hash, step.segment));
    auto change = decode_change(step.change);
    ASSERT_TRUE(change && change->outcomes.counted == entries.size());
    alter(*change);
    const std::vector<Bytes> changes{encode(*change)};
    const auto done = home.store->commit(changes, 1);
    ASSERT_TRUE(done && done->verdicts[0].accepted);
  }
  // A process that begins.
  [[nodiscard]] std::string refusal() {
    const auto pass = home.publish();
    return pass ? std::string() : to_text(pass.error());
  }
  [[nodiscard]] std::uint64_t statements() const {
    const auto last = home.store->last_statement();
    return last && *last ? (*last)->number + 1 : 0;
  }

  TestFolder folder;
  TestHome home{folder / "home"};
};

void nothing(Change& /*change*/) {}
void one_vote_more(Change& change) { ++change.totals.front().by.value; }
void one_total_less(Change& change) { change.totals.pop_back(); }
void another_root(Change& change) { change.root[0] ^= 1; }

std::vector<Entry> ballots() { return {ballot_entry(101), ballot_entry(102), ballot_entry(103)}; }

TEST_F(UnstatedTest, WhatTheLogGivesIsStated) {
  home.count(0, 5);
  home.count(5, 9, false);
  home.count(9, 30, false);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(statements(), 2U);
}

TEST_F(UnstatedTest, WithoutAStatementEverythingIsCountedAgain) {
  home.count(0, 9, false);
  EXPECT_EQ(refusal(), "");
}

TEST_F(UnstatedTest, AnotherTotalIsNotSignedWithTheNextStatement) {
  home.count(0, 5);
  commit(ballots(), one_vote_more);
  EXPECT_NE(refusal().find("store.not_stated"), std::string::npos) << refusal();
  EXPECT_EQ(statements(), 1U);
}

TEST_F(UnstatedTest, AnotherTotalIsNotSignedWithTheFirstStatement) {
  commit(ballots(), one_vote_more);
  EXPECT_NE(refusal().find("store.not_stated"), std::string::npos) << refusal();
  EXPECT_EQ(statements(), 0U);
}

TEST_F(UnstatedTest, ATotalThatIsGoneIsMissed) {
  home.count(0, 5);
  commit(ballots(), one_total_less);
  EXPECT_NE(refusal().find("store.not_stated"), std::string::npos) << refusal();
}

// What a version adds depends on the one before it: then the log is counted from its beginning.
TEST_F(UnstatedTest, ResultSheetsAreCountedFromTheFirstStep) {
  const auto sheet = [](std::uint32_t version, std::uint64_t yes) {
    return example::sheet_entry(version, Figure::of(yes), Figure::of(5));
  };
  const Entry first = sheet(1, 7);
  ASSERT_EQ(partition_of(first, home.home->count.partitions), 0);
  home.count_entries({first});
  commit({sheet(2, 9)}, nothing);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(statements(), 2U);
  commit({sheet(3, 12)}, one_vote_more);
  EXPECT_NE(refusal().find("store.not_stated"), std::string::npos) << refusal();
  EXPECT_EQ(statements(), 2U);
}

TEST_F(UnstatedTest, ASegmentThatIsLostIsWaitedFor) {
  home.count(0, 5);
  home.count(5, 9, false);
  std::filesystem::rename(home.home->segments(), folder / "away");
  const auto pass = home.publish();
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, Code("publish.log_away"));
  EXPECT_EQ(pass.error().remedy, Remedy::retry);
  std::filesystem::rename(folder / "away", home.home->segments());
  EXPECT_EQ(refusal(), "");
}

TEST_F(UnstatedTest, ASegmentOfAnotherStepIsNamed) {
  home.count(0, 5);
  commit(ballots(), another_root);
  EXPECT_NE(refusal().find("log.broken"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace teller
