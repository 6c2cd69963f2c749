#include "host/earlier_totals.h"

#include <chrono>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "testing/home_on_disk.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

class EarlierTotalsTest : public testing::Test {
 protected:
  [[nodiscard]] EarlierTotals totals() {
    return {home.home->definition(), *home.store, *home.store,
            folder / "kept",         5min,        [this] { return now; }};
  }
  [[nodiscard]] bool kept(EarlierTotals& totals) {
    const auto done = totals.keep_if_due();
    EXPECT_TRUE(done) << to_text(done.error());
    return done && *done;
  }
  [[nodiscard]] std::filesystem::path only_file() const {
    const auto names = list_folder(folder / "kept");
    EXPECT_TRUE(names && names->size() == 1);
    return folder / "kept" / names->front();
  }

  TestFolder folder;
  TestHome home{folder / "home"};
  std::chrono::steady_clock::time_point now{1h};
};

TEST_F(EarlierTotalsTest, FiguresAreKeptAtTheirIntervalAndReadAsTheyWere) {
  EarlierTotals earlier = totals();
  home.count(0, 5);
  const Snapshot then = *home.store->snapshot();
  EXPECT_FALSE(kept(earlier));  // It began a moment ago.
  now += 5min;
  EXPECT_TRUE(kept(earlier));
  home.count(5, 9);
  now += 4min;
  EXPECT_FALSE(kept(earlier));
  now += 1min;
  EXPECT_TRUE(kept(earlier));
  now += 5min;
  EXPECT_FALSE(kept(earlier)) << "nothing was committed since";

  const auto list = earlier.list();
  ASSERT_TRUE(list && list->size() == 2);
  EXPECT_EQ(list->front().commit, then.head.commit);
  EXPECT_EQ(list->front().at_us, then.head.committed_at_us);
  const auto read = totals().as_of(then.head.commit);  // Of a process that began later.
  ASSERT_TRUE(read && *read) << to_text(read.error());
  EXPECT_EQ((*read)->head, then.head);
  ASSERT_EQ((*read)->totals.size(), then.totals.size());
  for (std::size_t i = 0; i < then.totals.size(); ++i) {
    EXPECT_EQ((*read)->totals[i].key, then.totals[i].key);
    EXPECT_EQ((*read)->totals[i].total, then.totals[i].total);
  }
  const auto none = earlier.as_of(then.head.commit + 1000);
  EXPECT_TRUE(none && *none == nullptr);
}

TEST_F(EarlierTotalsTest, WithoutAnIntervalNoneAreKept) {
  EarlierTotals never{home.home->definition(), *home.store, *home.store, folder / "kept", 0s};
  home.count(0, 5);
  EXPECT_FALSE(kept(never));
  EXPECT_FALSE(std::filesystem::exists(folder / "kept"));
}

TEST_F(EarlierTotalsTest, WhatIsDamagedOrNotWhatWasStatedIsRefused) {
  EarlierTotals earlier = totals();
  home.count(0, 5);
  ASSERT_FALSE(kept(earlier));
  now += 5min;
  ASSERT_TRUE(kept(earlier));
  const Snapshot then = *home.store->snapshot();
  const auto path = only_file();
  const std::string good = *read_file(path);

  std::string bad = good;
  bad[bad.size() / 2] ^= 1;
  ASSERT_TRUE(write_file(path, as_bytes(bad)));
  EXPECT_EQ(earlier.as_of(then.head.commit).error().code, Code("totals.kept_damaged"));

  Snapshot other = then;
  ++other.totals.front().total.value;
  ASSERT_TRUE(write_file(path, earlier_totals_bytes(home.home->definition(), other)));
  EXPECT_EQ(earlier.as_of(then.head.commit).error().code, Code("store.not_stated"));

  other = then;
  other.totals.front().key.unit = UnitId{99};
  EXPECT_FALSE(earlier_totals_from(home.home->definition(),
                                   earlier_totals_bytes(home.home->definition(), other)));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(earlier_totals_from(home.home->definition(), as_bytes(good).first(size)));
  }
}

}  // namespace
}  // namespace teller
