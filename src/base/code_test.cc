// Codes come from schema/events.toml. That one which is not declared there does not compile is the
// point of the class, and no test can show it; these are about codes that come from outside.
#include "base/code.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace teller {
namespace {

TEST(Code, HasTheTextsOfItsDeclaration) {
  constexpr Code code = "entry.unit.unknown";
  EXPECT_EQ(code.text(), "entry.unit.unknown");
  EXPECT_EQ(code.number(), 8);
  EXPECT_EQ(code.sentence(), "the rules have no such reporting unit");
  EXPECT_TRUE(code.advice().starts_with("Compare the sender's units with rules.json"));
  EXPECT_EQ(Code("file.full").number(), 0);
}

TEST(Code, IsFoundByItsTextOnlyIfItIsDeclared) {
  EXPECT_EQ(Code::named("entry.unit.unknown"), Code("entry.unit.unknown"));
  for (const codes::Row& row : codes::rows) {
    EXPECT_EQ(Code::named(row.text).has_value(), !row.text.empty()) << row.text;
    EXPECT_EQ(Code::named(row.text).value_or(Code()).text(), row.text);
  }
  for (const char* text : {"", "a", "entry", "entry.unit.unknown2", "zzz"})
    EXPECT_EQ(Code::named(text), std::nullopt) << text;
}

TEST(Code, IsFoundByItsNumberIfItHasOne) {
  EXPECT_EQ(Code::numbered(1), Code("entry.version.unknown"));
  EXPECT_EQ(Code::numbered(0), std::nullopt);
  EXPECT_EQ(Code::numbered(60'000), std::nullopt);
}

TEST(Code, OfAnErrorThatDidNotHappenIsEmpty) {
  EXPECT_TRUE(Error{}.code.empty());
  EXPECT_EQ(Error{}.code, "");
  EXPECT_FALSE(Code("file.full").empty());
}

TEST(Code, IsComparedWithTextsToo) {
  const Code code = "file.full";
  EXPECT_EQ(code, "file.full");
  EXPECT_NE(code, std::string("file.io"));
  EXPECT_EQ(std::string_view("file.full"), code);
  EXPECT_EQ(to_text({Remedy::retry, code, "no space"}), "file.full: no space");
}

}  // namespace
}  // namespace teller
