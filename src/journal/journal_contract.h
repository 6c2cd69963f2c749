// What every Journal must do, whatever it is made of.
//
// To bring an adapter under the contract, give its test a maker, and whatever the journal lives in:
//
//   struct MemoryMaker {
//     std::unique_ptr<Journal> make(std::uint16_t partitions);  // Empty.
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalContract, MemoryMaker);
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "journal/journal.h"

namespace teller {

template <typename Maker>
class JournalContract : public testing::Test {
 protected:
  static constexpr std::uint16_t partitions = 3;
  static constexpr std::size_t plenty = 64 * 1024 * 1024;

  void SetUp() override {
    journal = maker.make(partitions);
    ASSERT_TRUE(journal);
  }

  static Bytes record(std::string_view text) {
    const ByteView bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
  }

  std::future<Result<Position>> start(std::uint16_t partition, Bytes bytes) {
    auto promise = std::make_shared<std::promise<Result<Position>>>();
    auto outcome = promise->get_future();
    // A second call throws, and the test dies of it.
    journal->append(partition, std::move(bytes), [promise](Result<Position> position) {
      promise->set_value(std::move(position));
    });
    return outcome;
  }
  Result<Position> append(std::uint16_t partition, std::string_view text) {
    return start(partition, record(text)).get();
  }

  // All records from `from` on, by as many reads as it takes.
  std::vector<JournalRecord> read_all(std::uint16_t partition, Position from,
                                      std::size_t bytes_max = plenty) {
    std::vector<JournalRecord> all;
    for (;;) {
      auto some = journal->read(partition, from, bytes_max);
      EXPECT_TRUE(some) << to_text(some.error());
      if (!some || some->empty()) return all;
      from = some->back().position + 1;
      std::ranges::move(*some, std::back_inserter(all));
    }
  }

  Maker maker;  // Outlives the journal.
  std::unique_ptr<Journal> journal;
};
TYPED_TEST_SUITE_P(JournalContract);

TYPED_TEST_P(JournalContract, ANewJournalIsEmpty) {
  for (std::uint16_t partition = 0; partition < this->partitions; ++partition) {
    EXPECT_EQ(this->journal->end(partition), Position{0});
    EXPECT_TRUE(this->read_all(partition, 0).empty());
  }
}

TYPED_TEST_P(JournalContract, PositionsAscendFromZeroInEachPartition) {
  EXPECT_EQ(this->append(0, "a"), Position{0});
  EXPECT_EQ(this->append(0, "b"), Position{1});
  EXPECT_EQ(this->append(2, "c"), Position{0});
  EXPECT_EQ(this->append(0, "d"), Position{2});

  EXPECT_EQ(this->journal->end(0), Position{3});
  EXPECT_EQ(this->journal->end(1), Position{0});
  EXPECT_EQ(this->journal->end(2), Position{1});
}

// Many in flight at once: the order of append() is the order of the positions.
TYPED_TEST_P(JournalContract, RecordsOfOnePartitionStandInTheOrderOfAppend) {
  std::vector<std::future<Result<Position>>> outcomes;
  for (int i = 0; i < 1000; ++i)
    outcomes.push_back(this->start(1, this->record(std::to_string(i))));
  for (Position i = 0; i < outcomes.size(); ++i) ASSERT_EQ(outcomes[i].get(), i);

  const auto records = this->read_all(1, 0);
  ASSERT_EQ(records.size(), outcomes.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(records[i].position, i);
    ASSERT_EQ(as_text(records[i].bytes), std::to_string(i));
  }
}

TYPED_TEST_P(JournalContract, WhatIsAcknowledgedCanBeReadFromAnyPosition) {
  for (const std::string_view text : {"a", "b", "c", "d"}) ASSERT_TRUE(this->append(0, text));

  EXPECT_EQ(as_text(this->read_all(0, 3).front().bytes), "d");
  EXPECT_EQ(this->read_all(0, 1).size(), 3);
  EXPECT_EQ(as_text(this->read_all(0, 1).front().bytes), "b");  // Again, and backwards.
  EXPECT_EQ(as_text(this->read_all(0, 0).front().bytes), "a");
}

TYPED_TEST_P(JournalContract, AReadPastTheEndIsEmptyAndSeesWhatComesLater) {
  ASSERT_TRUE(this->append(0, "a"));
  EXPECT_TRUE(this->read_all(0, 1).empty());
  EXPECT_TRUE(this->read_all(0, 7).empty());

  ASSERT_TRUE(this->append(0, "b"));
  EXPECT_EQ(this->read_all(0, 1).size(), 1);
}

TYPED_TEST_P(JournalContract, AReadKeepsToItsBytesButGivesAtLeastOneRecord) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(this->append(0, std::string(1000, 'x')));

  EXPECT_EQ(this->journal->read(0, 0, 1)->size(), 1);
  EXPECT_EQ(this->journal->read(0, 0, 2999)->size(), 2);
  EXPECT_EQ(this->journal->read(0, 2, 3000)->size(), 3);
  EXPECT_EQ(this->read_all(0, 0, 1).size(), 5);
}

TYPED_TEST_P(JournalContract, ALargeRecordComesBackByteForByte) {
  Bytes bytes(200'000);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  ASSERT_TRUE(this->start(2, bytes).get());

  EXPECT_EQ(this->read_all(2, 0).front().bytes, bytes);
}

TYPED_TEST_P(JournalContract, ManyThreadsAppendWithoutLossAndEveryDoneIsCalledOnce) {
  constexpr int threads = 8, each = 250;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> senders;
    for (int t = 0; t < threads; ++t)
      senders.emplace_back([this, t, &done] {
        for (int i = 0; i < each; ++i)
          this->journal->append(static_cast<std::uint16_t>(i % this->partitions),
                                this->record(std::to_string(t * each + i)),
                                [&done](const Result<Position>& position) {
                                  EXPECT_TRUE(position) << to_text(position.error());
                                  ++done;
                                });
      });
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (done < threads * each && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_EQ(done, threads * each);

  std::vector<bool> seen(threads * each);
  for (std::uint16_t partition = 0; partition < this->partitions; ++partition) {
    std::vector<int> last(threads, -1);
    for (const JournalRecord& found : this->read_all(partition, 0)) {
      const int number = std::stoi(std::string(as_text(found.bytes)));
      EXPECT_FALSE(seen[static_cast<std::size_t>(number)]);
      seen[static_cast<std::size_t>(number)] = true;
      int& before = last[static_cast<std::size_t>(number / each)];
      EXPECT_LT(before, number);  // What one thread sent stands in its order.
      before = number;
    }
  }
  EXPECT_EQ(std::ranges::count(seen, true), threads * each);
  EXPECT_EQ(done, threads * each);
}

REGISTER_TYPED_TEST_SUITE_P(
    JournalContract, ANewJournalIsEmpty, PositionsAscendFromZeroInEachPartition,
    RecordsOfOnePartitionStandInTheOrderOfAppend, WhatIsAcknowledgedCanBeReadFromAnyPosition,
    AReadPastTheEndIsEmptyAndSeesWhatComesLater, AReadKeepsToItsBytesButGivesAtLeastOneRecord,
    ALargeRecordComesBackByteForByte, ManyThreadsAppendWithoutLossAndEveryDoneIsCalledOnce);

}  // namespace teller
