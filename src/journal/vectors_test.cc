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

}  // namespace
}  // namespace teller
