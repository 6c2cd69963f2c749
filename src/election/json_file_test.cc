#include "election/json_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller {
namespace {

constexpr JsonLimits ample{.bytes = 1 << 20, .values = 1'000};

std::string refusal(std::string_view text, const JsonLimits& limits = ample) {
  const auto file = JsonFile::parse(text, "f.json", "rules.syntax", limits);
  if (file) return "";
  EXPECT_EQ(file.error().code, "rules.syntax");
  return file.error().detail;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonFile, WhatIsNoJsonIsNamedByLine) {
  EXPECT_EQ(refusal("{\n\"a\": }"),
            "f.json:2: this is not JSON: [json.exception.parse_error.101] parse error at line 2, "
            "column 6: syntax error while parsing value - unexpected '}'; expected '[', '{', or a "
            "literal");
  EXPECT_EQ(refusal("[1e999]"),
            "f.json: [json.exception.out_of_range.406] number overflow parsing '1e999'");
  EXPECT_TRUE(refusal("[1] 2").starts_with("f.json:1: this is not JSON: "));
  EXPECT_TRUE(refusal("").starts_with("f.json:1: this is not JSON: "));
}

TEST(JsonFile, AMemberThatStandsTwiceIsRefusedHoweverManyThereAre) {
  const std::string twice = "f.json: the member \"a\" stands twice in one object; keep one";
  EXPECT_EQ(refusal(R"({"a": 1, "a": 2})"), twice);
  EXPECT_EQ(refusal(R"([{"a": 1}, {"a": {"a": 1}}])"), "");
  EXPECT_EQ(refusal(R"({"\u0061": 1, "a": 2})"), twice);
  std::string many = R"({"a": 0)";
  for (int i = 0; i < 100; ++i) many += fmt::format(", \"m{}\": 0", i);
  EXPECT_EQ(refusal(many + "}"), "");
  EXPECT_EQ(refusal(many + ", \"a\": 0}"), twice);
}

// A kilobyte of compressed text can say any of these a million times.
TEST(JsonFile, ALimitEndsTheReadingBeforeThereIsATreeOfIt) {
  EXPECT_EQ(refusal(nested(64)), "");
  EXPECT_EQ(refusal(nested(65)), "f.json: lists and objects stand in each other more than 64 deep");
  std::string zeros = "[0";
  for (int i = 1; i < 999; ++i) zeros += ",0";
  EXPECT_EQ(refusal(zeros + "]"), "");
  EXPECT_EQ(refusal(zeros + ",0]"),
            "f.json: holds more than 1000 values; that is not a file of this kind");
  std::string members = "{\"m\": 0";
  for (int i = 1; i < 500; ++i) members += fmt::format(", \"{}\": 0", i);
  EXPECT_EQ(refusal(members + "}"),
            "f.json: holds more than 1000 values; that is not a file of this kind");
  EXPECT_EQ(refusal("[\"" + std::string(100, 'x') + "\"]", {.bytes = 104, .values = 9}), "");
  EXPECT_EQ(refusal("[\"" + std::string(101, 'x') + "\"]", {.bytes = 104, .values = 9}),
            "f.json: is larger than 104 bytes; that is not a file of this kind");
}

TEST(JsonFile, AValueIsFoundByItsNameAndPlace) {
  const std::string text = R"({"list": [1, "two", [], {"x": true}, -1], "after": "é\n"})";
  const auto file = JsonFile::parse(text, "f.json", "rules.syntax", ample);
  ASSERT_TRUE(file);
  const JsonValue list = file->root().find("list").value();
  std::vector<JsonValue> values;
  list.for_each([&](std::size_t i, JsonValue value) {
    EXPECT_EQ(i, values.size());
    values.push_back(value);
  });
  ASSERT_EQ(values.size(), 5U);
  EXPECT_EQ(values[0].natural(), 1U);
  EXPECT_EQ(values[1].text(), "two");
  EXPECT_TRUE(values[2].is_list() && values[2].empty());
  EXPECT_EQ(values[3].find("x").value().flag(), true);
  EXPECT_FALSE(values[4].natural());
  EXPECT_EQ(file->root().find("after").value().text(), "é\n");
  EXPECT_FALSE(file->root().find("none"));
  std::string names;
  for (const auto& [name, value] : file->root().members()) names += std::string(name) + " ";
  EXPECT_EQ(names, "after list ");
}

}  // namespace
}  // namespace teller
