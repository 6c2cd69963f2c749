#include "host/earlier_totals.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
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
  EXPECT_TRUE(kept(earlier));  // Whoever began before may have kept nothing of it.
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

TEST_F(EarlierTotalsTest, OfDaysBeforeOneAnHourStaysAndNothingOfWhatAStoreHasNotComeTo) {
  home.count(0, 5);
  const Definition definition = home.home->definition();
  Snapshot then = *home.store->snapshot();
  const std::uint64_t last = then.head.commit;
  const std::int64_t now_us = then.head.committed_at_us, hour_us = 3'600'000'000;
  const std::int64_t two_days_ago = (now_us / hour_us - 48) * hour_us;
  ASSERT_TRUE(make_folders(folder / "kept"));
  const auto keep = [&](std::uint64_t commit, std::int64_t at_us) {
    ASSERT_TRUE(write_file(folder / "kept" / fmt::format("{:012}-{}.totals", commit, at_us),
                           earlier_totals_bytes(definition, then)));
  };
  ASSERT_GT(last, 0U);
  home.count(5, 40);  // Commits enough.
  const std::uint64_t head = home.store->head()->commit;
  ASSERT_GE(head, 5U);
  for (const std::uint64_t commit : {1U, 2U, 3U})
    keep(commit, two_days_ago + static_cast<std::int64_t>(commit) * 1'000'000);
  keep(4, two_days_ago + hour_us);
  keep(head + 7, now_us);  // Of a store that was set back since.
  EarlierTotals earlier = totals();
  ASSERT_TRUE(kept(earlier));
  std::vector<std::uint64_t> commits;
  const auto list = earlier.list();
  ASSERT_TRUE(list);
  for (const auto& one : *list) commits.push_back(one.commit);
  EXPECT_EQ(commits, (std::vector<std::uint64_t>{3, 4, head}));
  EXPECT_EQ(*earlier.as_of(head + 7), nullptr);
}

TEST_F(EarlierTotalsTest, WhatIsDamagedOrNotWhatWasStatedIsRefused) {
  EarlierTotals earlier = totals();
  home.count(0, 5);
  ASSERT_TRUE(kept(earlier));
  const Snapshot then = *home.store->snapshot();
  const auto path = only_file();
  const std::string good = *read_file(path);

  std::string bad = good;
  bad[bad.size() / 2] ^= 1;
  ASSERT_TRUE(write_file(path, as_bytes(bad)));
  EXPECT_EQ(totals().as_of(then.head.commit).error().code, Code("totals.kept_damaged"));

  Snapshot other = then;
  ++other.totals.front().total.value;
  ASSERT_TRUE(write_file(path, earlier_totals_bytes(home.home->definition(), other)));
  EXPECT_EQ(totals().as_of(then.head.commit).error().code, Code("store.not_stated"));

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
