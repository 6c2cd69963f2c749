#include "tables/reader.h"

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/folder.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class ReaderTest : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text) const {
    return folder_.write(name, text);
  }

  static std::string read_raw(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // Packs with libarchive's writer: a filter of one raw file, or a zip of several.
  std::string pack(const std::string& name, int filter,
                   const std::vector<std::pair<std::string, std::string>>& members) {
    archive* const out = archive_write_new();
    if (filter == 0) {
      archive_write_set_format_zip(out);
    } else {
      archive_write_set_format_raw(out);
      archive_write_add_filter(out, filter);
    }
    const std::string path = folder_ / name;
    EXPECT_EQ(archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
    for (const auto& [member, text] : members) {
      archive_entry* const entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.c_str());
      archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_perm(entry, 0644);
      EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
      archive_write_data(out, text.data(), text.size());
      archive_entry_free(entry);
    }
    archive_write_free(out);
    return path;
  }

  TestFolder folder_;
};

std::string long_text() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += fmt::format("line {}\n", i);
  return text;
}

std::string code(const auto& result) { return result ? "" : std::string(result.error().code); }

TEST_F(ReaderTest, EveryKindOfFileGivesTheSameBytes) {
  const std::string text = long_text();

  EXPECT_EQ(read_text(write("plain.csv", text)).value(), text);
  EXPECT_EQ(read_text(pack("a.gz", ARCHIVE_FILTER_GZIP, {{"a", text}})).value(), text);
  EXPECT_EQ(read_text(pack("a.zst", ARCHIVE_FILTER_ZSTD, {{"a", text}})).value(), text);
  EXPECT_EQ(read_text(pack("a.xz", ARCHIVE_FILTER_XZ, {{"a", text}})).value(), text);
  EXPECT_EQ(read_text(pack("a.bz2", ARCHIVE_FILTER_BZIP2, {{"a", text}})).value(), text);
  EXPECT_EQ(read_text(pack("a.zip", 0, {{"a.csv", text}})).value(), text);
}

TEST_F(ReaderTest, LinesAreNumberedAndLoseTheirEnds) {
  auto reader = Reader::open(write("a.txt", "one\r\ntwo\n\nfour")).value();

  EXPECT_EQ(reader.line().value(), "one");
  EXPECT_EQ(reader.line().value(), "two");
  EXPECT_EQ(reader.line_number(), 2U);
  EXPECT_EQ(reader.line().value(), "");
  EXPECT_EQ(reader.line().value(), "four");
  EXPECT_EQ(reader.line_number(), 4U);
  EXPECT_EQ(reader.line().value(), std::nullopt);
  EXPECT_EQ(reader.line().value(), std::nullopt);
}

TEST_F(ReaderTest, LinesAcrossBlocksComeWhole) {
  auto reader = Reader::open(pack("a.gz", ARCHIVE_FILTER_GZIP, {{"a", long_text()}})).value();

  for (int i = 0; i < 200'000; ++i) {
    ASSERT_EQ(reader.line().value(), fmt::format("line {}", i));
  }
  EXPECT_EQ(reader.line().value(), std::nullopt);
}

TEST_F(ReaderTest, ALineMayBeLargerThanTheBuffer) {
  const std::string large(3'000'000, 'x');
  auto reader = Reader::open(write("a.txt", "a\n" + large + "\nb\n")).value();

  EXPECT_EQ(reader.line().value(), "a");
  EXPECT_EQ(reader.line().value(), large);
  EXPECT_EQ(reader.line().value(), "b");
}

TEST_F(ReaderTest, AByteOrderMarkIsDroppedAndUtf16IsRefused) {
  EXPECT_EQ(read_text(write("bom.csv",
                            "\xEF\xBB\xBF"
                            "a,b\n"))
                .value(),
            "a,b\n");
  EXPECT_EQ(read_text(write("tiny", "a")).value(), "a");
  EXPECT_EQ(code(Reader::open(write("utf16.csv", std::string("\xFF\xFE"
                                                             "a\0",
                                                             4)))),
            "file.encoding");
}

TEST_F(ReaderTest, GzipFilesOneBehindTheOtherAreOne) {
  const std::string first = read_raw(pack("a.gz", ARCHIVE_FILTER_GZIP, {{"a", "one\n"}}));

  EXPECT_EQ(read_text(write("both.gz", first + first)).value(), "one\none\n");
  EXPECT_EQ(code(read_text(write("junk.gz", first + "junk"))), "file.damaged");
}

// What is compressed is counted as it comes out: a megabyte of it may say a gigabyte.
TEST_F(ReaderTest, ReadingEndsAtTheLimitOfWhatComesOut) {
  const std::string text(std::size_t{4} << 20, 'x');
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD}) {
    const std::string path = pack("large", filter, {{"a", text}});
    EXPECT_EQ(read_text(path, text.size()).value().size(), text.size());
    EXPECT_EQ(code(read_text(path, text.size() - 1)), "file.too_large");
  }
}

// Of all files of an archive together, and of no file that is not packed.
TEST_F(ReaderTest, WhatIsUnpackedHasALimitOfItsOwn) {
  std::string text;
  for (int i = 0; text.size() < std::size_t{3} << 20; ++i)
    text += fmt::format("P{},Ada,{}\n", i, i);
  const auto read_member = [](const std::string& path, const std::string& member,
                              const Reader::Growth& growth) -> Result<std::string> {
    auto reader = Reader::open_member(path, member, Reader::Text::any, growth);
    if (!reader) return std::unexpected(reader.error());
    return reader->all();
  };
  const auto of_mib = [](std::uint64_t size) { return Reader::new_growth(size << 20); };
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD, 0}) {
    const std::string path = pack("packed", filter, {{"a", text}});
    EXPECT_EQ(read_member(path, "", of_mib(4)).value(), text);
    EXPECT_EQ(code(read_member(path, "", of_mib(2))), "file.too_large");
  }
  const std::string zip = pack("two.zip", 0, {{"a", text}, {"b", text}});
  const auto both = of_mib(5);
  EXPECT_EQ(read_member(zip, "a", both).value(), text);
  EXPECT_EQ(code(read_member(zip, "b", both)), "file.too_large");
  EXPECT_EQ(read_member(write("plain", text), "", of_mib(2)).value(), text);
}

TEST_F(ReaderTest, AnEmptyFileIsEmpty) { EXPECT_EQ(read_text(write("empty", "")).value(), ""); }

TEST_F(ReaderTest, AZipOfSeveralAsksForAName) {
  const std::string zip = pack("two.zip", 0, {{"a.csv", "a\n"}, {"b.csv", "b\n"}});

  const auto unnamed = Reader::open(zip);
  EXPECT_EQ(code(unnamed), "file.member_unknown");
  EXPECT_NE(unnamed.error().detail.find("a.csv, b.csv"), std::string::npos);
  EXPECT_EQ(read_text(zip + ":b.csv").value(), "b\n");
  EXPECT_EQ(read_text(zip + ":a.csv").value(), "a\n");
  EXPECT_EQ(code(Reader::open(zip + ":c.csv")), "file.member_unknown");
}

TEST_F(ReaderTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(code(Reader::open((folder_ / "nothing").string())), "file.not_found");
  EXPECT_EQ(code(Reader::open(folder_.path().string())), "file.unreadable");
}

// A count of half a file looks like a count. It must not end quietly.
TEST_F(ReaderTest, AFileThatWasCutOffIsDamagedNotShort) {
  for (const auto& [name, filter] : {std::pair{"a.gz", ARCHIVE_FILTER_GZIP},
                                     {"a.zst", ARCHIVE_FILTER_ZSTD},
                                     {"a.xz", ARCHIVE_FILTER_XZ}}) {
    const std::string path = pack(name, filter, {{"a", long_text()}});
    fs::resize_file(path, fs::file_size(path) - 20);
    EXPECT_EQ(code(read_text(path)), "file.damaged") << name;
  }
  const std::string zip = pack("a.zip", 0, {{"a.csv", long_text()}});
  fs::resize_file(zip, fs::file_size(zip) / 2);
  EXPECT_EQ(code(read_text(zip)), "file.damaged");
}

TEST_F(ReaderTest, AFlippedByteIsDamage) {
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, 0}) {
    const std::string path = pack("a", filter, {{"a", long_text()}});
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(path) / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get());
    file.seekp(middle);
    file.put(static_cast<char>(byte ^ 0x10));
    file.close();
    EXPECT_EQ(code(read_text(path)), "file.damaged") << filter;
  }
}

}  // namespace
}  // namespace teller
