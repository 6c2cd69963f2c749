// The files of tests/vectors: what programs that are not ours made of schema/entry.md.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "election/definition.h"

namespace teller {

// The bytes of tests/vectors/`name`; empty if there is no such file.
inline std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(TELLER_SOURCE_DIR) + "/tests/vectors/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Bytes bytes_of_hex(const std::string& hex) {
  Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, bytes));
  return bytes;
}

// The vectors of schema/entry.md, and the election that they are of.
class EntryVectors {
 protected:
  void read() {
    vectors_ = nlohmann::json::parse(vector_file("entry.json"));
    auto rules = Rules::parse(vector_file(vectors_["rules"]), "rules.json");
    ASSERT_TRUE(rules) << rules.error().detail;
    rules_ = std::move(*rules);
    ASSERT_TRUE(from_hex(vectors_["count"].get<std::string>(), count_.id.bytes));
  }

  nlohmann::json vectors_;
  Rules rules_;
  CountFile count_;
  Definition definition_{&rules_, &count_};
};

}  // namespace teller
