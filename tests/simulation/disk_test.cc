// The simulated disk itself, and what must be on it when a process that died is followed by another
// and then the power goes.
#include "disk.h"

#include <gtest/gtest.h>

#include "journal/journal_file.h"
#include "log/segments_directory.h"

namespace teller::simulation {
namespace {

CountFile count() {
  CountFile count;
  count.id.bytes = {1, 2, 3};
  return count;
}

// Runs `work`, which dies at its n-th call, n >= 1; false when it ended without dying.
template <typename Work>
bool dies_at(std::uint32_t n, Faults& faults, Disk& disk, Work work) {
  faults.die_at(n);
  try {
    work();
  } catch (const Died&) {
    return true;
  }
  faults.live();
  disk.process_is_dead();
  return false;
}

TEST(SimulatedDisk, KeepsWhatWasSyncedAndLosesTheRestSometimes) {
  int data = 0, names = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Faults faults(seed);
    Disk disk(faults);
    const FilesInPlace place(disk);
    ASSERT_TRUE(make_folders("/d"));
    ASSERT_TRUE(write_file("/d/synced", as_bytes("all of it")));
    {
      auto half = open_file("/d/synced", 0);
      ASSERT_TRUE(write_at(*half, as_bytes("ALL"), 0, "/d/synced"));
      auto other = open_file("/d/unsynced", 0100);
      ASSERT_TRUE(other);
      ASSERT_TRUE(sync_data(*other, "/d/unsynced"));
    }
    disk.power_loss();
    const auto kept = read_file("/d/synced");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->substr(3), " of it");
    data += kept->starts_with("ALL") ? 1 : 0;
    names += read_file("/d/unsynced") ? 1 : 0;
  }
  EXPECT_GT(data, 10);
  EXPECT_LT(data, 90);
  EXPECT_GT(names, 10);
  EXPECT_LT(names, 90);
}

// The next process counts what it reads. If that could still be lost, positions would be committed
// that the journal gives to other votes later.
TEST(FileJournalOnASimulatedDisk, WhatIsReadAfterAProcessDiedIsThereAfterAPowerLoss) {
  FileJournal::Options options;
  options.own_thread = false;
  options.file_bytes_max = 60;  // A file a group.
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    bool died = true;
    for (std::uint32_t n = 1; died; ++n) {
      Faults faults(seed);
      Disk disk(faults);
      const FilesInPlace place(disk);
      ASSERT_TRUE(make_folders("/home"));
      std::unique_ptr<FileJournal> journal;
      Position acknowledged = 0;
      died = dies_at(n, faults, disk, [&] {
        journal = *FileJournal::open("/home/journal", count(), options);
        for (int i = 0; i < 3; ++i) {
          journal->append(0, Bytes(30, 7), [&](const auto& at) { acknowledged += at ? 1 : 0; });
          journal->write_one_group();
        }
      });
      journal.reset();
      disk.kill();
      auto next = FileJournal::open("/home/journal", count(), options);
      ASSERT_TRUE(next) << n << ": " << to_text(next.error());
      EXPECT_GE(*(*next)->end(0), acknowledged);
      seen += *(*next)->end(0) > acknowledged ? 1 : 0;
      // Every second time it records something itself.
      if (n % 2 == 0) (*next)->append(0, Bytes(30, 8), [](const auto& at) { ASSERT_TRUE(at); });
      (*next)->write_one_group();
      const Position end = *(*next)->end(0);
      next->reset();
      disk.power_loss();
      auto last = FileJournal::open("/home/journal", count(), options);
      ASSERT_TRUE(last) << n << ": " << to_text(last.error());
      EXPECT_EQ(*(*last)->end(0), end) << "seed " << seed << ", died at call " << n;
    }
  }
  EXPECT_GT(seen, 0) << "some process has left what it had not acknowledged";
}

// After a failed fsync the system shows what the disk never gets.
TEST(FileJournalOnASimulatedDisk, WhatIsReadAfterAFailedFsyncIsThereAfterAPowerLoss) {
  FileJournal::Options options;
  options.own_thread = false;
  Faults faults(1);
  Disk disk(faults);
  const FilesInPlace place(disk);
  ASSERT_TRUE(make_folders("/home"));
  auto journal = FileJournal::open("/home/journal", count(), options);
  ASSERT_TRUE(journal);
  disk.set_sync_fails(1);
  std::string told;
  (*journal)->append(0, Bytes(30, 7), [&](const auto& at) { told = at.error().code; });
  (*journal)->write_one_group();
  EXPECT_EQ(told, "journal.io");
  disk.heal();
  journal->reset();
  disk.kill();
  auto next = FileJournal::open("/home/journal", count(), options);
  ASSERT_TRUE(next);
  EXPECT_EQ(*(*next)->end(0), 1U);
  next->reset();
  disk.power_loss();
  EXPECT_EQ(*(*FileJournal::open("/home/journal", count(), options))->end(0), 1U);
}

TEST(DirectorySegmentsOnASimulatedDisk, WhatWasPutIsThereThoughAnotherProcessMadeTheFolder) {
  const Bytes bytes{1, 2, 3};
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    bool died = true;
    for (std::uint32_t n = 1; died; ++n) {
      Faults faults(seed);
      Disk disk(faults);
      const FilesInPlace place(disk);
      ASSERT_TRUE(make_folders("/home"));
      died = dies_at(n, faults, disk, [&] {
        DirectorySegments segments("/home/segments");
        (void)segments.put(0, 1, sha256(bytes), bytes);
      });
      disk.kill();
      DirectorySegments next("/home/segments");
      ASSERT_TRUE(next.put(0, 1, sha256(bytes), bytes));
      disk.power_loss();
      EXPECT_TRUE(next.get(0, 1, sha256(bytes))) << "seed " << seed << ", died at call " << n;
    }
  }
}

}  // namespace
}  // namespace teller::simulation
