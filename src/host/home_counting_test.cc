#include "host/home_counting.h"

#include <chrono>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "gateway/recorder_sender.h"
#include "testing/home_on_disk.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class HomeCountingTest : public testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<HomeCounting>> open() {
    return HomeCounting::open(path, [](const std::string&) {});
  }
  // Sends ballots [from, to), as JSON; gives how many are recorded.
  static std::uint64_t send(HomeCounting& counting, std::uint32_t from, std::uint32_t to) {
    EntryBody body{.format = BodyFormat::ndjson};
    for (std::uint32_t n = from; n < to; ++n) {
      body.bytes += R"({"kind":"ballot","count":")" + counting.home().count.id.hex() +
                    R"(","id":")" + to_text(example::id(n)) +
                    R"(","unit":"north","style":"all","method":"in-person","card":1,)"
                    R"("contests":{"council":["ada"]}})"
                    "\n";
    }
    RecorderSender sender(counting.home().definition(), counting.recorder(), "file",
                          std::chrono::seconds(10), {});
    const auto sent = sender.send(body);
    EXPECT_TRUE(sent) << to_text(sent.error());
    return sent ? sent->answer.recorded : 0;
  }

  TestFolder folder;
  const fs::path path = folder / "home";
  const Hash rules = TestHome(path).home->rules.hash();  // Made, and closed again.
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
  EXPECT_NE(home.digest(), digest_of(rules, {}));
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
  TestHome(path).count(0, 5);
  fs::copy_file(path / "store.sqlite", folder / "older.sqlite");
  TestHome(path).count(5, 10);
  for (const char* file : {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}) {
    fs::remove(path / file);
  }
  fs::copy_file(folder / "older.sqlite", path / "store.sqlite");
  const auto counting = open();
  ASSERT_FALSE(counting);
  EXPECT_EQ(counting.error().code, "log.rollback");
}

// Whoever sends a nation's ballots must not hear of it after the last of them.
TEST_F(HomeCountingTest, ADiskThatFailsIsSeenWhileEntriesAreSent) {
  const auto counting = open();
  ASSERT_TRUE(counting) << to_text(counting.error());
  fs::remove_all(path / "segments");
  std::ofstream(path / "segments") << "no folder";
  EXPECT_EQ(send(**counting, 0, 20), 20U);  // Recorded, and counted by the next one.
  for (int tenths = 0; tenths < 300 && !(*counting)->broken(); ++tenths) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE((*counting)->broken());
  const auto finished = (*counting)->finish();
  ASSERT_FALSE(finished);
  EXPECT_TRUE(finished.error().code.starts_with("segments.")) << to_text(finished.error());
}

}  // namespace
}  // namespace teller
