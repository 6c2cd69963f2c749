#include "host/home_counting.h"

#include <chrono>

#include <gtest/gtest.h>

#include "gateway/recorder_sender.h"
#include "testing/home_to_count.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class HomeCountingTest : public HomeToCountTest {
 protected:
  [[nodiscard]] Result<std::unique_ptr<HomeCounting>> open() {
    return HomeCounting::open(path, [](const std::string&) {});
  }
  // Sends the ballots [from, to); gives how many are recorded.
  std::uint64_t send(HomeCounting& counting, std::uint32_t from, std::uint32_t to) const {
    EntryBody body{.format = BodyFormat::ndjson};
    body.bytes = ballots(from, to);
    RecorderSender sender(counting.home().definition(), counting.recorder(), "file",
                          std::chrono::seconds(10), {});
    const auto sent = sender.send(body);
    EXPECT_TRUE(sent) << to_text(sent.error());
    return sent ? sent->answer.recorded : 0;
  }
};

TEST_F(HomeCountingTest, WhatWasSentIsCountedAndStatedInTheEnd) {
  {
    const auto counting = open();
    ASSERT_TRUE(counting) << to_text(counting.error());
    EXPECT_FALSE(open());  // One process at a time.
    EXPECT_EQ(send(**counting, 0, 20), 20U);
    const auto finished = (*counting)->finish();
    ASSERT_TRUE(finished) << to_text(finished.error());
    EXPECT_FALSE((*counting)->broken());
  }
  const TestHome home(path);
  const auto stated = home.store->last_statement();
  ASSERT_TRUE(stated && *stated);
  EXPECT_EQ((*stated)->commit, home.store->head()->commit);
  EXPECT_NE(home.digest(), digest_of(home.home->rules.hash(), {}));
}

TEST_F(HomeCountingTest, WithoutTheKeyItCountsAndSaysThatNothingIsStated) {
  fs::remove(path / "key");
  {
    const auto counting = open();
    ASSERT_TRUE(counting) << to_text(counting.error());
    EXPECT_EQ(send(**counting, 0, 20), 20U);
    const auto finished = (*counting)->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, "key.missing");
  }
  const auto store = std::move(*SqliteStore::open_file(path / "store.sqlite"));
  std::uint64_t counted = 0;
  const auto rows = store->partitions();
  for (const PartitionRow& row : *rows) counted += row.outcomes.counted;
  EXPECT_EQ(counted, 20U);
}

// It would count on in its own way what was stated otherwise.
TEST_F(HomeCountingTest, AnOlderCopyOfTheStoreIsNotCountedOn) {
  put_back_an_older_store();
  const auto counting = open();
  ASSERT_FALSE(counting);
  EXPECT_EQ(counting.error().code, "log.rollback");
}

// Whoever sends a nation's ballots must not hear of it after the last of them.
TEST_F(HomeCountingTest, ADiskThatFailsIsSeenWhileEntriesAreSent) {
  const auto counting = open();
  ASSERT_TRUE(counting) << to_text(counting.error());
  break_segments();
  EXPECT_EQ(send(**counting, 0, 20), 20U);  // Recorded, and counted by the next one.
  wait_until_broken(**counting);
  const auto finished = (*counting)->finish();
  ASSERT_FALSE(finished);
  EXPECT_TRUE(finished.error().code.text().starts_with("segments.")) << to_text(finished.error());
}

}  // namespace
}  // namespace teller
