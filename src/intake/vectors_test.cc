// The vectors of schema/entry.md against accept(): tests/vectors/entry.json was written by a
// program that knows the format from the document alone, so that the two check each other.
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "intake/accept.h"
#include "log/merkle.h"

namespace teller {
namespace {

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(TELLER_SOURCE_DIR) + "/tests/vectors/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Bytes bytes_of(std::string_view hex) {
  Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, bytes));
  return bytes;
}

class Vectors : public ::testing::Test {
 protected:
  void SetUp() override {
    vectors_ = nlohmann::json::parse(read_file("entry.json"));
    auto rules = Rules::parse(read_file(vectors_["rules"]), "rules.json");
    ASSERT_TRUE(rules) << rules.error().detail;
    rules_ = std::move(*rules);
    ASSERT_TRUE(from_hex(vectors_["count"].get<std::string>(), count_.id.bytes));
  }

  const nlohmann::json& list(const char* name) const {
    const nlohmann::json& items = vectors_.at(name);
    EXPECT_FALSE(items.empty());
    return items;
  }

  static std::string code(const std::expected<Accepted, Refusal>& outcome) {
    return outcome ? "accepted" : std::string(outcome.error().code);
  }

  nlohmann::json vectors_;
  Rules rules_;
  CountFile count_;
  Definition definition_{&rules_, &count_};
};

TEST_F(Vectors, AnEntryInJsonGivesTheseBytesAndNoOthers) {
  for (const auto& item : list("valid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const auto accepted = accept_json(definition_, item["json"].dump());
    ASSERT_TRUE(accepted) << accepted.error().code.text() << ": " << accepted.error().detail;
    EXPECT_EQ(to_hex(ByteView(accepted->entry)), item["hex"].get<std::string>());
    EXPECT_EQ(to_text(accepted->id), item["id"].get<std::string>());
  }
}

TEST_F(Vectors, TheBytesAreAcceptedAsTheyAre) {
  for (const auto& item : list("valid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const Bytes bytes = bytes_of(item["hex"].get<std::string>());
    const auto accepted = accept(definition_, bytes);
    ASSERT_TRUE(accepted) << accepted.error().code.text();
    EXPECT_EQ(accepted->entry, bytes);
    EXPECT_EQ(to_text(accepted->id), item["id"].get<std::string>());
    EXPECT_EQ(to_hex(leaf_hash(bytes)), item["leaf"].get<std::string>());
  }
}

TEST_F(Vectors, AnEntryBelongsToThisPartition) {
  for (const auto& item : list("valid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    for (const auto& [partitions, expected] : item["partition"].items()) {
      count_.partitions = static_cast<std::uint16_t>(std::stoul(partitions));
      const auto accepted = accept(definition_, bytes_of(item["hex"].get<std::string>()));
      ASSERT_TRUE(accepted);
      EXPECT_EQ(accepted->partition, expected.get<std::uint16_t>()) << "of " << partitions;
    }
  }
}

TEST_F(Vectors, WrongBytesAreRefusedWithTheirCode) {
  for (const auto& item : list("invalid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    Bytes bytes = bytes_of(item["hex"].get<std::string>());
    bytes.resize(bytes.size() + item["zeros"].get<std::size_t>());
    EXPECT_EQ(code(accept(definition_, bytes)), item["code"].get<std::string>());
  }
}

TEST_F(Vectors, WrongJsonIsRefusedWithItsCode) {
  for (const auto& item : list("json_invalid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    EXPECT_EQ(code(accept_json(definition_, item["text"].get<std::string>())),
              item["code"].get<std::string>());
  }
}

TEST_F(Vectors, APackedBatchHoldsTheseEntries) {
  const Bytes batch = bytes_of(vectors_["batch"]["hex"].get<std::string>());
  std::vector<std::string> entries;
  const auto read =
      accept_body(definition_, BodyFormat::packed, batch,
                  [&](std::uint64_t, const std::expected<Accepted, Refusal>& outcome) {
                    ASSERT_TRUE(outcome) << outcome.error().code.text();
                    entries.push_back(to_hex(ByteView(outcome->entry)));
                  });
  ASSERT_TRUE(read) << read.error().code.text();
  EXPECT_EQ(*read, entries.size());
  EXPECT_EQ(nlohmann::json(entries), vectors_["batch"]["entries"]);

  BatchWriter writer(count_.id);
  for (const std::string& hex : entries) writer.add(bytes_of(hex));
  EXPECT_EQ(to_hex(ByteView(writer.finish())), to_hex(ByteView(batch)));
}

// A frame that lost or changed a byte on its way must never be taken for another batch.
TEST_F(Vectors, APackedBatchWithAnyByteChangedOrCutOffIsRefusedWhole) {
  const Bytes batch = bytes_of(vectors_["batch"]["hex"].get<std::string>());
  const auto refused = [&](ByteView body) {
    std::size_t called = 0;
    const auto read =
        accept_body(definition_, BodyFormat::packed, body,
                    [&](std::uint64_t, const std::expected<Accepted, Refusal>&) { ++called; });
    return !read && called == 0;
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Bytes changed = batch;
    changed[i] ^= 1;
    EXPECT_TRUE(refused(changed)) << "byte " << i;
    EXPECT_TRUE(refused(ByteView(batch).first(i))) << "cut to " << i;
  }
}

}  // namespace
}  // namespace teller
