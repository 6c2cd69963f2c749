#include "host/recent_totals.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/home_in_memory.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

class RecentTotalsTest : public MemoryHome<> {
 protected:
  // Counts one ballot more; gives the number of the commit.
  std::uint64_t next() {
    vote(journal, ++ballots);
    count();
    return store.head()->commit;
  }
  static std::int64_t votes(const Snapshot& snapshot) {
    std::int64_t sum = 0;
    for (const TotalRow& row : snapshot.totals) {
      if (row.key.slot == 0) sum += row.total.value;
    }
    return sum;
  }

  std::uint32_t ballots = 0;
  std::chrono::steady_clock::time_point at{};
  RecentTotals::Now now = [this] { return at; };
};

TEST_F(RecentTotalsTest, ACommitThatWasToldCanBeNamedWhileOthersFollow) {
  RecentTotals recent(home->count, store, now);
  const std::uint64_t first = next();
  const auto told = recent.newest();
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)->head.commit, first);
  const std::uint64_t second = next();
  const auto later = recent.newest();
  const auto again = recent.as_of(first);
  ASSERT_TRUE(later && again);
  EXPECT_EQ((*later)->head.commit, second);
  EXPECT_EQ(votes(**later), votes(**again) + 1);
  EXPECT_EQ(*again, *told);
  EXPECT_EQ(*recent.as_of(second), *later);  // Read once.
}

TEST_F(RecentTotalsTest, WhatNobodyAskedForAndWhatIsNotYetThereIsRefusedAndItIsSaidWhatIsKept) {
  RecentTotals recent(home->count, store, now);
  const std::uint64_t first = next();
  ASSERT_TRUE(recent.newest());
  const std::uint64_t unseen = next();
  const std::uint64_t last = next();
  ASSERT_TRUE(recent.newest());
  for (const std::uint64_t commit : {unseen, last + 1, std::uint64_t{0}}) {
    const auto refused = recent.as_of(commit);
    ASSERT_FALSE(refused) << commit;
    EXPECT_EQ(refused.error().code, "http.query_invalid");
    EXPECT_NE(refused.error().detail.find(fmt::format("but of {}, {}", first, last)),
              std::string::npos)
        << refused.error().detail;
  }
  EXPECT_TRUE(RecentTotals(home->count, store, now).as_of(last));  // It is the last one.
}

TEST_F(RecentTotalsTest, TwoMinutesAfterItWasToldItIsForgotten) {
  RecentTotals recent(home->count, store, now);
  const std::uint64_t first = next();
  ASSERT_TRUE(recent.newest());
  next();
  at += 100s;
  EXPECT_TRUE(recent.as_of(first));
  at += 100s;
  EXPECT_TRUE(recent.newest() && recent.as_of(first));
  at += 121s;
  ASSERT_TRUE(recent.newest());
  EXPECT_FALSE(recent.as_of(first));
}

TEST_F(RecentTotalsTest, WhatIsKeptIsBounded) {
  const std::uint64_t first = next();
  const std::size_t rows = store.snapshot()->totals.size();
  RecentTotals two(home->count, store, now, 5 * rows / 2);
  RecentTotals none(home->count, store, now, rows - 1);
  ASSERT_TRUE(two.newest() && none.newest());
  const std::uint64_t second = next();
  ASSERT_EQ(store.snapshot()->totals.size(), rows) << "the ballots are alike";
  ASSERT_TRUE(two.newest() && none.newest());
  EXPECT_TRUE(two.as_of(first));
  EXPECT_FALSE(none.as_of(first));
  EXPECT_TRUE(none.as_of(second));  // The last one is read each time.
  next();
  ASSERT_TRUE(two.newest());
  EXPECT_FALSE(two.as_of(first));
  EXPECT_TRUE(two.as_of(second));
}

}  // namespace
}  // namespace teller
