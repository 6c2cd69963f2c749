// The journal record of schema/entry.md, as a program wrote it that knows only the document.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "journal/record.h"

namespace teller {
namespace {

class RecordVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(TELLER_SOURCE_DIR) + "/tests/vectors/entry.json");
    const auto vectors = nlohmann::json::parse(file);
    vector_ = vectors["record"];
    ASSERT_TRUE(from_hex(vectors["count"].get<std::string>(), count_.bytes));
    partition_ = vector_["partition"];
    bytes_ = bytes_of(vector_["hex"].get<std::string>());
  }

  static Bytes bytes_of(const std::string& hex) {
    Bytes bytes(hex.size() / 2);
    EXPECT_TRUE(from_hex(hex, bytes));
    return bytes;
  }

  nlohmann::json vector_;
  CountId count_;
  std::uint16_t partition_ = 0;
  Bytes bytes_;
};

TEST_F(RecordVectors, TheRecordHoldsTheseEntriesInTheirEnvelopes) {
  auto reader = RecordReader::open(bytes_, count_, partition_);
  ASSERT_TRUE(reader) << reader.error().detail;
  ASSERT_EQ(reader->entries(), vector_["items"].size());
  for (const auto& expected : vector_["items"]) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->envelope.sender, expected["sender"].get<std::string>());
    EXPECT_EQ(item->envelope.batch, expected["batch"].get<std::string>());
    EXPECT_EQ(item->envelope.inbox_partition, expected["inbox_partition"].get<std::int32_t>());
    EXPECT_EQ(item->envelope.number, expected["number"].get<std::uint64_t>());
    EXPECT_EQ(to_hex(item->entry), expected["entry"].get<std::string>());
  }
  EXPECT_FALSE(reader->next());
}

TEST_F(RecordVectors, WhatIsBuiltFromTheseEntriesIsThisRecord) {
  RecordBuilder builder(count_, partition_);
  for (const auto& item : vector_["items"]) {
    const std::string sender = item["sender"], batch = item["batch"];
    const Bytes entry = bytes_of(item["entry"]);
    ASSERT_TRUE(builder.add(*id_of(entry), entry,
                            {sender, batch, item["number"], item["inbox_partition"]}));
  }
  EXPECT_EQ(to_hex(ByteView(builder.finish())), vector_["hex"].get<std::string>());
}

TEST_F(RecordVectors, ARecordWithAnyByteChangedOrCutOffIsRefused) {
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    Bytes changed = bytes_;
    changed[i] ^= 1;
    EXPECT_FALSE(RecordReader::open(changed, count_, partition_)) << "byte " << i;
    EXPECT_FALSE(RecordReader::open(ByteView(bytes_).first(i), count_, partition_)) << "cut " << i;
  }
  EXPECT_FALSE(RecordReader::open(bytes_, count_, 6)) << "another partition";
}

// The record of the vectors with the same run twice, and its sums made right.
TEST_F(RecordVectors, ARunThatGoesOnWithTheOneBeforeIsRefused) {
  RecordBuilder one(count_, partition_);
  const auto& item = vector_["items"][0];
  const Bytes entry = bytes_of(item["entry"]);
  ASSERT_TRUE(one.add(*id_of(entry), entry, {"station", "", 0, -1}));
  Bytes record = one.finish();
  ASSERT_TRUE(RecordReader::open(record, count_, partition_));
  constexpr std::size_t head = 27, crc = 4;
  const Bytes run(record.begin() + head, record.end() - crc);
  const auto twice = [&](const Bytes& second) {
    Bytes made(record.begin(), record.end() - crc);
    made[23] = 2;  // Entries in all runs.
    made.insert(made.end(), second.begin(), second.end());
    ByteWriter(made).u32(crc32c(made));
    return made;
  };
  EXPECT_EQ(RecordReader::open(twice(run), count_, partition_).error().code,
            "journal.record_invalid");
  Bytes other = run;
  other[1] = 'S';  // Another sender: nothing is wrong with that.
  EXPECT_TRUE(RecordReader::open(twice(other), count_, partition_));
}

}  // namespace
}  // namespace teller
