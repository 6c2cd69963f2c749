// The vectors of schema/entry.md against accept(): tests/vectors/entry.json was written by a
// program that knows the format from the document alone, so that the two check each other.
#include "testing/vectors.h"

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

class Vectors : public ::testing::Test, protected EntryVectors {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(read()); }

  const nlohmann::json& list(const char* name) const {
    const nlohmann::json& items = vectors_.at(name);
    EXPECT_FALSE(items.empty());
    return items;
  }

  static std::string code(const std::expected<Accepted, Refusal>& outcome) {
    return outcome ? "accepted" : std::string(outcome.error().code);
  }
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
    const Bytes bytes = bytes_of_hex(item["hex"].get<std::string>());
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
      const auto accepted = accept(definition_, bytes_of_hex(item["hex"].get<std::string>()));
      ASSERT_TRUE(accepted);
      EXPECT_EQ(accepted->partition, expected.get<std::uint16_t>()) << "of " << partitions;
    }
  }
}

TEST_F(Vectors, WrongBytesAreRefusedWithTheirCode) {
  for (const auto& item : list("invalid")) {
    SCOPED_TRACE(item["name"].get<std::string>());
    Bytes bytes = bytes_of_hex(item["hex"].get<std::string>());
    bytes.resize(bytes.size() + item["zeros"].get<std::size_t>());
    EXPECT_EQ(code(accept(definition_, bytes)), item["code"].get<std::string>());
  }
}

// The same of a count with officers, who signed these with real keys.
class DecisionVectors : public Vectors {
 protected:
  void SetUp() override {
    Vectors::SetUp();
    decisions_ = vectors_["decisions"];
    count_.partitions = decisions_["partitions"];
    count_.approvals = decisions_["approvals"];
    for (const auto& listed : decisions_["officers"]) {
      Officer officer{listed["name"], role_named(listed["role"].get<std::string>()).value(), {}};
      ASSERT_TRUE(from_hex(listed["key"].get<std::string>(), officer.key));
      count_.officers.push_back(std::move(officer));
    }
  }

  nlohmann::json decisions_;
};

TEST_F(DecisionVectors, ADecisionIsAcceptedAsItIsAndWasSignedOverTheseBytes) {
  ASSERT_FALSE(decisions_["valid"].empty());
  for (const auto& item : decisions_["valid"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const Bytes bytes = bytes_of_hex(item["hex"].get<std::string>());
    const auto accepted = accept(definition_, bytes);
    ASSERT_TRUE(accepted) << accepted.error().code.text();
    EXPECT_EQ(accepted->entry, bytes);
    EXPECT_EQ(accepted->partition, item["partition"].get<std::uint16_t>());
    EXPECT_EQ(to_hex(leaf_hash(bytes)), item["leaf"].get<std::string>());
    const auto read = read_control(bytes, count_.id);
    ASSERT_TRUE(read);
    const Control& control = std::get<Control>(read->body);
    EXPECT_EQ(to_hex(ByteView(signed_bytes(read->id, control, count_.id))),
              item["signed"].get<std::string>());
    EXPECT_EQ(encode(*read, count_.id), bytes);
  }
}

TEST_F(DecisionVectors, WhatIsNoDecisionOfTheOfficersIsRefusedWithItsCode) {
  ASSERT_FALSE(decisions_["invalid"].empty());
  for (const auto& item : decisions_["invalid"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    Bytes bytes = bytes_of_hex(item["hex"].get<std::string>());
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
  const Bytes batch = bytes_of_hex(vectors_["batch"]["hex"].get<std::string>());
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
  for (const std::string& hex : entries) writer.add(bytes_of_hex(hex));
  EXPECT_EQ(to_hex(ByteView(writer.finish())), to_hex(ByteView(batch)));
}

// A frame that lost or changed a byte on its way must never be taken for another batch.
TEST_F(Vectors, APackedBatchWithAnyByteChangedOrCutOffIsRefusedWhole) {
  const Bytes batch = bytes_of_hex(vectors_["batch"]["hex"].get<std::string>());
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

// A refusal ends up in logs. Its place is enough to find what was wrong.
TEST_F(Vectors, ARefusalNeverNamesWhatWasMarked) {
  for (const char* contests :
       {R"({"mayor": {"ada": 1}, "council": []})", R"({"mayor": [{"write_in": "x", "ada": 1}]})",
        R"({"mayor": {"ranking": [["ada"]], "ada": true}})", R"({"council": [], "ada": []})",
        R"({"mayor": ["ada", "ada"]})", R"({"mayor": ["adam"]})"}) {
    auto entry = list("valid")[0]["json"];
    entry["contests"] = nlohmann::json::parse(contests);
    const auto outcome = accept_json(definition_, entry.dump());
    ASSERT_FALSE(outcome) << contests;
    EXPECT_TRUE(outcome.error().detail.starts_with("/contests")) << outcome.error().detail;
    EXPECT_EQ(outcome.error().detail.find("ada"), std::string::npos) << outcome.error().detail;
  }
}

TEST_F(Vectors, OfRubbishTheFirstThousandAreDescribedAndTheRestIsCounted) {
  std::string lines;
  for (int i = 0; i < 1500; ++i) lines += i % 2 == 0 ? "{}\n" : "0\n";
  const std::string good = list("valid")[0]["json"].dump();
  std::uint64_t described = 0, counted = 0, accepted = 0;
  const auto each = [&](std::uint64_t index, const std::expected<Accepted, Refusal>& outcome) {
    if (outcome) return void(++accepted);
    ++(outcome.error().detail.empty() ? counted : described);
    EXPECT_EQ(code(outcome), index % 2 == 0 ? "entry.json.member_missing" : "entry.json.type");
    EXPECT_EQ(outcome.error().line, index + 1);
  };
  EXPECT_EQ(accept_body(definition_, BodyFormat::ndjson, as_bytes(lines + good), each), 1501U);
  EXPECT_EQ(described, 1000U);
  EXPECT_EQ(counted, 500U);
  EXPECT_EQ(accepted, 1U);  // Whatever stands before it.
}

TEST_F(Vectors, AListIsReadElementByElementAndRefusedWholeWhereItDoesNotEnd) {
  const auto codes = [&](std::string_view body) {
    std::string said;
    const auto read =
        accept_body(definition_, BodyFormat::json, as_bytes(body),
                    [&](std::uint64_t, const auto& outcome) { said += code(outcome) + " "; });
    return read ? said : std::string(read.error().code);
  };
  const std::string good = list("valid")[0]["json"].dump();
  EXPECT_EQ(codes(good), "accepted ");
  EXPECT_EQ(codes(" [ " + good + " ,\n" + good + " ] "), "accepted accepted ");
  EXPECT_EQ(codes("[]"), "");
  EXPECT_EQ(codes(" [ ] "), "");
  EXPECT_EQ(codes(R"(["a]\"]", [1, {"b": "}"}], 0])"),
            "entry.json.type entry.json.type entry.json.type ");
  EXPECT_EQ(codes("[" + good + ", {\"a\": tru}, " + good + "]"),
            "accepted entry.json.syntax accepted ");
  for (const char* broken : {"", "[", "{", "[1", "[1,", "[1,]", "[,1]", "[1] 2", "[1]]", "[\"a]",
                             "[{\"a\":1]", "[1 }", "tru"})
    EXPECT_EQ(codes(broken), "batch.json_syntax") << broken;
  EXPECT_EQ(codes("[" + std::string(1 << 20, '[') + std::string(1 << 20, ']') + "]"),
            "entry.too_long ");
}

TEST_F(Vectors, ANameThatTurnsTheTextBehindItIsNoNameOfTheRules) {
  auto rules = nlohmann::json::parse(vector_file(vectors_["rules"]));
  for (const char* control : {"\u202A", "\u202E", "\u2066", "\u2069"}) {
    rules["election"]["name"] = std::string("Council ") + control + "219";
    const auto parsed = Rules::parse(rules.dump(), "rules.json");
    ASSERT_FALSE(parsed);
    EXPECT_NE(parsed.error().detail.find("direction"), std::string::npos) << parsed.error().detail;
  }
  rules["election"]["name"] = "\u05E2\u05D9\u05E8\u200F (1)";  // Hebrew, with a mark.
  EXPECT_TRUE(Rules::parse(rules.dump(), "rules.json"));
}

}  // namespace
}  // namespace teller
