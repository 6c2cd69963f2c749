#include "operate/backup.h"

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/home_on_disk.h"
#include "verify/verify.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
 protected:
  Result<BackupManifest> back_up(const TestHome& count, const char* to = "backup",
                                 bool key = true) {
    return back_up_home(*count.home, folder / to, {.key = key, .made_at = "now", .progress = {}});
  }
  TestFolder folder;
};

TEST_F(BackupTest, ARestoredCountIsTheSameAndGoesOn) {
  TestHome count(folder / "home");
  count.count(0, 40);
  const auto made = back_up(count);
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(made->digest, count.digest());
  EXPECT_EQ(made->partitions, count.committed());
  EXPECT_EQ(made->statements, 1U);

  const auto restored = restore_home(folder / "backup", folder / "other");
  ASSERT_TRUE(restored) << to_text(restored.error());
  TestHome other(folder / "other");
  EXPECT_EQ(other.digest(), count.digest());
  EXPECT_EQ(other.committed(), count.committed());
  EXPECT_EQ(fs::status(folder / "other" / "key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder / "other").permissions(), fs::perms::owner_all);
  const auto verified = verify(other.home->rules, other.home->count, other.home->presentation,
                               *other.store, *other.segments);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
  // What was counted there is known: a second copy is a duplicate.
  other.count(30, 50);
  count.count(30, 50);
  EXPECT_EQ(other.digest(), count.digest());
}

TEST_F(BackupTest, EntriesThatWaitedAreCountedAfterARestore) {
  TestHome count(folder / "home");
  count.count(0, 10);
  for (std::uint32_t n = 10; n < 20; ++n) {
    auto [partition, record] = record_of_ballot(count.home->count, n);
    std::promise<void> done;
    count.journal->append(partition, std::move(record),
                          [&](Result<Position>) { done.set_value(); });
    done.get_future().get();
  }
  ASSERT_TRUE(back_up(count));
  ASSERT_TRUE(restore_home(folder / "backup", folder / "other"));
  TestHome other(folder / "other");
  other.count(0, 0);
  count.count(0, 0);
  EXPECT_EQ(other.digest(), count.digest());
}

// The order in which it is made: whatever is committed meanwhile, what is copied fits together.
TEST_F(BackupTest, ABackupOfACountThatGoesOnIsConsistent) {
  TestHome count(folder / "home");
  count.count(0, 20);
  std::atomic<bool> ended = false;
  std::thread counting([&] {
    for (std::uint32_t n = 20; !ended; n += 5) count.count(n, n + 5, false);
  });
  for (int i = 0; i < 5 && !HasFailure(); ++i) {
    const std::string name = fmt::format("backup-{}", i), home = fmt::format("restored-{}", i);
    const auto made = back_up(count, name.c_str());
    EXPECT_TRUE(made) << to_text(made.error());
    const auto restored = restore_home(folder / name, folder / home);
    EXPECT_TRUE(restored) << to_text(restored.error());
    TestHome other(folder / home);
    EXPECT_EQ(other.digest(), made->digest);
    EXPECT_EQ(other.committed(), made->partitions);
    for (std::uint16_t p = 0; p < 2; ++p) {
      EXPECT_GE(*other.journal->end(p), other.committed()[p].position)
          << "everything that was counted is in the journal";
    }
    other.count(0, 0);
    const auto verified = verify(other.home->rules, other.home->count, other.home->presentation,
                                 *other.store, *other.segments);
    EXPECT_TRUE(verified && verified->good());
  }
  ended = true;
  counting.join();
}

TEST_F(BackupTest, EveryChangedFileIsFoundBeforeAnythingIsThere) {
  TestHome count(folder / "home");
  count.count(0, 12);
  const auto made = back_up(count);
  ASSERT_TRUE(made);
  EXPECT_GT(made->files.size(), 6U);
  for (const BackupManifest::File& file : made->files) {
    const fs::path path = folder / "backup" / file.path;
    const std::string good = *read_file(path);
    ASSERT_FALSE(good.empty()) << file.path;
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    for (const std::string& text : {bad, good + "x", good.substr(1)}) {
      ASSERT_TRUE(write_file(path, as_bytes(text)));
      const auto restored = restore_home(folder / "backup", folder / "other");
      ASSERT_FALSE(restored) << file.path;
      EXPECT_EQ(restored.error().code, "backup.damaged") << file.path;
      EXPECT_NE(restored.error().detail.find(file.path), std::string::npos)
          << restored.error().detail;
      EXPECT_FALSE(fs::exists(folder / "other"));
    }
    fs::remove(path);
    EXPECT_EQ(restore_home(folder / "backup", folder / "other").error().code, "backup.damaged");
    ASSERT_TRUE(write_file(path, as_bytes(good)));
  }
  EXPECT_TRUE(restore_home(folder / "backup", folder / "other"));
}

TEST_F(BackupTest, AManifestThatLiesAboutTheNumbersIsFound) {
  TestHome count(folder / "home");
  count.count(0, 12);
  const auto made = back_up(count);
  ASSERT_TRUE(made);
  const auto with = [&](auto change) {
    BackupManifest manifest = *made;
    change(manifest);
    EXPECT_TRUE(write_file(folder / "backup" / "manifest.json", as_bytes(manifest.to_json())));
    const auto restored = restore_home(folder / "backup", folder / "other");
    return restored ? std::string("restored") : std::string(restored.error().code);
  };
  EXPECT_EQ(with([](BackupManifest& m) { m.digest[0] ^= 1; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest& m) { m.commit++; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest& m) { m.partitions[1].root[0] ^= 1; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest& m) { m.count.bytes[0] ^= 1; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest& m) { m.files[0].path = "../outside"; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest& m) { m.files[0].path = "/outside"; }), "backup.damaged");
  EXPECT_EQ(with([](BackupManifest&) {}), "restored");
}

TEST_F(BackupTest, NothingIsOverwritten) {
  TestHome count(folder / "home");
  count.count(0, 4);
  ASSERT_TRUE(back_up(count));
  EXPECT_EQ(back_up(count).error().code, "backup.exists");
  EXPECT_EQ(restore_home(folder / "backup", folder / "home").error().code, "home.exists");
  EXPECT_EQ(restore_home(folder / "home", folder / "other").error().code, "backup.none");
}

TEST_F(BackupTest, ABackupWithoutTheKeyCountsOnAndStatesNothing) {
  TestHome count(folder / "home");
  count.count(0, 4);
  ASSERT_TRUE(back_up(count, "backup", false));
  EXPECT_FALSE(fs::exists(folder / "backup" / "key"));
  ASSERT_TRUE(restore_home(folder / "backup", folder / "other"));
  const auto home = Home::open(folder / "other");
  ASSERT_TRUE(home);
  EXPECT_EQ((*home)->signer().error().code, "key.missing");
}

TEST_F(BackupTest, ASegmentThatIsDamagedIsNotBackedUp) {
  TestHome count(folder / "home");
  count.count(0, 12);
  for (const auto& at : fs::recursive_directory_iterator(count.home->segments())) {
    if (!at.is_regular_file()) continue;
    ASSERT_TRUE(write_file(at.path(), as_bytes("x")));
    break;
  }
  EXPECT_EQ(back_up(count).error().code, "segments.corrupt");
  EXPECT_FALSE(fs::exists(folder / "backup"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1)
      << "nothing is left behind but the home";
}

}  // namespace
}  // namespace teller
