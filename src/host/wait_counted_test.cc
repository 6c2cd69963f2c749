// Waiting for a count that another process makes.
#include "host/wait_counted.h"

#include <thread>

#include <gtest/gtest.h>

#include "testing/home_in_memory.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

class WaitCountedTest : public MemoryHome<> {
 protected:
  WaitCounted what() { return {.journal = &journal, .store = &store, .partitions = 2}; }
};

TEST_F(WaitCountedTest, ItReturnsWhenAllIsCountedThatWasThereWhenItWasAsked) {
  EXPECT_TRUE(wait_counted(what())) << "nothing is there";
  vote(journal, 1);
  vote(journal, 2);
  std::thread counts([this] { count(); });
  EXPECT_TRUE(wait_counted(what()));
  counts.join();
  std::uint64_t counted = 0;
  const auto rows = store.partitions();
  for (const PartitionRow& row : *rows) counted += row.outcomes.counted;
  EXPECT_EQ(counted, 2);
}

TEST_F(WaitCountedTest, ItGivesUpWhenNothingMovesAndWhenItIsToldTo) {
  vote(journal, 1);
  WaitCounted still = what();
  still.still_max = 1ms;
  EXPECT_EQ(wait_counted(still).error().code, "delivery.not_counted_yet");
  WaitCounted stopped = what();
  stopped.stop = [] { return true; };
  EXPECT_EQ(wait_counted(stopped).error().code, "delivery.not_counted_yet");
}

TEST_F(WaitCountedTest, AHaltedPartitionIsNotWaitedFor) {
  vote(journal, 1);
  ASSERT_TRUE(store.halt(0, "a test"));
  ASSERT_TRUE(store.halt(1, "a test"));
  EXPECT_TRUE(wait_counted(what()));
}

}  // namespace
}  // namespace teller
