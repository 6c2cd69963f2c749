#include "host/conduct.h"

#include <map>

#include <gtest/gtest.h>

#include "checks/check_rules.h"
#include "testing/home_on_disk.h"

namespace teller {
namespace {

// How often it was read; or a disk that fails.
class WatchedJournal final : public Journal {
 public:
  explicit WatchedJournal(Journal& journal) : journal_(&journal) {}
  void append(std::uint16_t partition, Bytes record, Done done) override {
    journal_->append(partition, std::move(record), std::move(done));
  }
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override {
    ++reads;
    if (fails) return fail(Remedy::stop, "journal.io", "the disk has failed");
    return journal_->read(partition, from, bytes_max);
  }
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override {
    return journal_->end(partition);
  }

  std::uint64_t reads = 0;
  bool fails = false;

 private:
  Journal* journal_;
};

class ConductTest : public testing::Test {
 protected:
  // The ballots of eight voters, and then each with another mark: a record in each partition, of which
  // two scanners sent a part.
  void SetUp() override {
    home.count(0, 8, false);
    const CountFile& count = home.home->count;
    std::map<std::uint16_t, RecordBuilder> records;
    for (std::uint32_t n = 0; n < 8; ++n) {
      const Entry entry = example::entry(n, {(n + 1) % 2});
      const std::uint16_t partition = partition_of(entry, count.partitions);
      RecordBuilder& record = records.try_emplace(partition, count.id, partition).first->second;
      const Envelope envelope{
          .sender = n < 5 ? "scanner-1" : "scanner-2", .batch = "", .number = n};
      ASSERT_TRUE(record.add(entry.id, encode(entry, count.id), envelope));
    }
    for (auto& [partition, record] : records) {
      home.journal->append(partition, record.finish(),
                           [](const Result<Position>& at) { EXPECT_TRUE(at); });
    }
    home.count(8, 9, false);
    used = records.size();
  }
  [[nodiscard]] Result<Conduct> read_with(const std::string& checks) {
    const auto rules = CheckRules::parse(checks, "mine.toml");
    EXPECT_TRUE(rules);
    return read_conduct(home.home->count, *rules, *home.store, &journal);
  }

  TestFolder folder;
  TestHome home{folder / "home"};
  WatchedJournal journal{*home.journal};
  std::uint64_t used = 0;  // Partitions.
};

TEST_F(ConductTest, ARecordIsReadOnceHoweverManyOfItsEntriesAreInConflict) {
  const auto conduct = read_with("[sender_conflicts]");
  ASSERT_TRUE(conduct) << to_text(conduct.error());
  ASSERT_EQ(conduct->senders.size(), 2U);
  EXPECT_EQ(conduct->senders[0].sender, "scanner-1");
  EXPECT_EQ(conduct->senders[0].conflicts, 5U);
  EXPECT_EQ(conduct->senders[1].sender, "scanner-2");
  EXPECT_EQ(conduct->senders[1].conflicts, 3U);
  EXPECT_EQ(journal.reads, used);
}

TEST_F(ConductTest, WhatNoCheckAsksForIsNotRead) {
  journal.fails = true;
  const auto without = read_with("[balance]");
  ASSERT_TRUE(without) << to_text(without.error());
  EXPECT_EQ(journal.reads, 0U);
  const auto with = read_with("[sender_conflicts]");
  ASSERT_FALSE(with);
  EXPECT_EQ(with.error().code, "journal.io");
}

}  // namespace
}  // namespace teller
