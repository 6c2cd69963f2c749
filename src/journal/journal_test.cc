#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/journal_contract.h"
#include "journal/journal_file.h"
#include "journal/journal_memory.h"
#include "journal/refused_line.h"
#include "testing/folder.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

CountFile count_of(std::uint16_t partitions) {
  CountFile count;
  count.id.bytes = {1, 2, 3};
  count.partitions = partitions;
  return count;
}

struct MemoryMaker {
  std::unique_ptr<Journal> make(std::uint16_t partitions) {
    return std::make_unique<MemoryJournal>(partitions);
  }
};

struct FileMaker {
  TestFolder folder;
  std::unique_ptr<Journal> make(std::uint16_t partitions) {
    auto journal = FileJournal::open(folder.path() / "journal", count_of(partitions));
    EXPECT_TRUE(journal) << (journal ? "" : to_text(journal.error()));
    return journal ? std::move(*journal) : nullptr;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(File, JournalContract, FileMaker);

TEST(RefusedLine, IsReadAsItWasWrittenAndHoldsNothingThatAReaderMustFear) {
  const RefusedLine line{
      .code = "entry.json.syntax", .partition = 2, .offset = 4711, .sha256 = "0c7e"};
  EXPECT_EQ(parse_refused_line(encode(line)), line);
  const auto foreign = parse_refused_line(
      as_bytes(R"({"code":"=cmd","partition":0,"offset":1,"sha256":"\u001b[2J"})"));
  EXPECT_EQ(foreign, (RefusedLine{.code = "other", .partition = 0, .offset = 1, .sha256 = ""}));
  for (const char* other :
       {"", "[]", "{}", R"({"partition":-1,"offset":1})", R"({"partition":0,"offset":"1"})",
        R"({"partition":2147483648,"offset":1})"}) {
    EXPECT_EQ(parse_refused_line(as_bytes(other)), std::nullopt) << other;
  }
}

class FileJournalOnDisk : public testing::Test {
 protected:
  std::unique_ptr<FileJournal> open() {
    auto opened = FileJournal::open(folder.path(), count_of(2));
    error = opened ? Error{} : opened.error();
    return opened ? std::move(*opened) : nullptr;
  }
  static void append(FileJournal& journal, std::uint16_t partition, const std::string& text) {
    std::promise<bool> done;
    const ByteView bytes = as_bytes(text);
    journal.append(partition, Bytes(bytes.begin(), bytes.end()),
                   [&](Result<Position> position) { done.set_value(position.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  [[nodiscard]] fs::path file() const { return folder.path() / "00000001.journal"; }

  TestFolder folder;
  Error error;
};

TEST_F(FileJournalOnDisk, WhatWasAcknowledgedIsThereAfterItIsOpenedAgain) {
  {
    const auto journal = open();
    append(*journal, 0, "first");
    append(*journal, 1, "other");
    append(*journal, 0, "second");
  }
  const auto journal = open();
  ASSERT_TRUE(journal);
  EXPECT_EQ(*journal->end(0), 2U);
  const auto records = journal->read(0, 1, 1000);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(as_text((*records)[0].bytes), "second");
}

// A crash may leave any part of the last group, which nobody was promised.
TEST_F(FileJournalOnDisk, ATornEndIsCutOffAndTheNextGroupTakesItsPlace) {
  std::uintmax_t before = 0;
  {
    const auto journal = open();
    append(*journal, 0, "kept");
    before = fs::file_size(file());
    append(*journal, 0, "torn");
  }
  const std::uintmax_t whole = fs::file_size(file());
  for (std::uintmax_t size = before; size < whole; ++size) {
    fs::resize_file(file(), whole);
    fs::resize_file(file(), size);
    const auto journal = open();
    ASSERT_TRUE(journal) << to_text(error);
    ASSERT_EQ(*journal->end(0), 1U) << "cut at " << size;
    append(*journal, 0, "torn");
  }
}

// `reconcile` and `backup` look at a journal that somebody else is writing.
TEST_F(FileJournalOnDisk, WhoOnlyReadsChangesNothing) {
  FileJournal::Options options;
  options.read_only = true;
  const auto missing = FileJournal::open(folder.path() / "none", count_of(2), options);
  ASSERT_TRUE(missing) << to_text(missing.error());
  EXPECT_EQ(*(*missing)->end(0), 0U);
  EXPECT_FALSE(fs::exists(folder.path() / "none"));

  const auto writer = open();
  append(*writer, 0, "first");
  const std::uintmax_t before = fs::file_size(file());
  append(*writer, 1, "torn");
  const std::uintmax_t whole = fs::file_size(file());
  for (std::uintmax_t size = before; size < whole; ++size) {
    fs::resize_file(file(), size);
    const auto reader = FileJournal::open(folder.path(), count_of(2), options);
    ASSERT_TRUE(reader) << to_text(reader.error());
    ASSERT_EQ(fs::file_size(file()), size);
    ASSERT_EQ(*(*reader)->end(0), 1U);
    ASSERT_EQ(*(*reader)->end(1), 0U);
    ASSERT_EQ(as_text((*reader)->read(0, 0, 1000)->front().bytes), "first");
  }
}

TEST_F(FileJournalOnDisk, ARetiredJournalIsGoneAndStaysGone) {
  for (const char* record : {"first", "second"}) append(*open(), 0, record);
  ASSERT_TRUE(FileJournal::retire(folder.path(), "audit line 7"));
  EXPECT_FALSE(fs::exists(file()));
  // Interrupted half-way: what is left goes, and the first note stands.
  std::ofstream(file()) << "left over";
  ASSERT_TRUE(FileJournal::retire(folder.path(), "again"));
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_FALSE(open());
  const auto opened = FileJournal::open(folder.path(), count_of(2));
  EXPECT_EQ(opened.error().code, "journal.retired");
  EXPECT_NE(opened.error().detail.find("audit line 7"), std::string::npos);
}

// Damage in front of a group that was written later is damage to what was acknowledged. To go on
// as if it were a torn end would lose votes in silence.
TEST_F(FileJournalOnDisk, ADamagedRecordWithOthersBehindItIsNeverCutOff) {
  {
    const auto journal = open();
    append(*journal, 0, "first");
    append(*journal, 0, "second");
  }
  std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(21 + 20 + 14 + 2);
  bytes.put('X');
  bytes.close();

  EXPECT_FALSE(open());
  EXPECT_EQ(error.code, "journal.corrupt");
}

TEST_F(FileJournalOnDisk, TheJournalOfAnotherCountIsRefused) {
  {
    const auto journal = open();
  }
  CountFile other = count_of(2);
  other.id.bytes = {9};
  const auto opened = FileJournal::open(folder.path(), other);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "count.other");
}

TEST_F(FileJournalOnDisk, WithoutAThreadNothingIsAnsweredBeforeItsHostWritesIt) {
  FileJournal::Options options;
  options.own_thread = false;
  auto journal = FileJournal::open(folder.path(), count_of(2), options);
  ASSERT_TRUE(journal);
  std::vector<Position> answered;
  const auto done = [&](const Result<Position>& position) { answered.push_back(*position); };
  for (int i = 0; i < 3; ++i) (*journal)->append(0, Bytes{1, 2, 3}, done);
  EXPECT_TRUE(answered.empty());
  EXPECT_EQ(*(*journal)->end(0), 0U);
  EXPECT_TRUE((*journal)->write_one_group());
  EXPECT_EQ(answered, (std::vector<Position>{0, 1, 2}));
  EXPECT_FALSE((*journal)->write_one_group());
}

TEST_F(FileJournalOnDisk, ManyFilesReadAsOneJournal) {
  FileJournal::Options options;
  options.file_bytes_max = 100;
  {
    auto journal = FileJournal::open(folder.path(), count_of(2), options);
    for (int i = 0; i < 20; ++i) append(**journal, 0, fmt::format("record {}", i));
  }
  EXPECT_TRUE(fs::exists(folder.path() / "00000005.journal"));
  const auto journal = open();
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->read(0, 0, 1 << 20)->size(), 20U);
}

}  // namespace
}  // namespace teller
