#include "base/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace teller {
namespace {

// The point in UTF-8; surrogates come out as if they were points.
std::string encoded(char32_t point) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  const auto more = [&](int shift) { return byte(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | (point >> 6)), more(0)};
  if (point < 0x10000) return {byte(0xE0 | (point >> 12)), more(6), more(0)};
  return {byte(0xF0 | (point >> 18)), more(12), more(6), more(0)};
}

TEST(Utf8, EveryPointIsTakenExceptSurrogatesAndIsCleanExceptControls) {
  for (char32_t point = 0; point <= 0x110010; ++point) {
    const bool good = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    const std::string text = encoded(point);
    ASSERT_EQ(is_utf8(text), good) << static_cast<std::uint32_t>(point);
    ASSERT_EQ(is_clean_utf8(text), good && !control) << static_cast<std::uint32_t>(point);
  }
}

TEST(Utf8, WhatIsCutOffOrLongerThanItMustBeIsNotTaken) {
  for (const std::string wrong : {"\x80", "\xC2", "\xC1\x81", "\xE2\x82", "\xE0\x9F\xBF",
                                  "\xF0\x8F\xBF\xBF", "\xF0\x9F\x97", "\xC3(", "\xFF", "a\xC2"}) {
    EXPECT_FALSE(is_utf8(wrong)) << testing::PrintToString(wrong);
    EXPECT_FALSE(is_clean_utf8(wrong)) << testing::PrintToString(wrong);
  }
  EXPECT_TRUE(is_clean_utf8(""));
}

TEST(Utf8, ATextIsCutBetweenTwoCharacters) {
  EXPECT_EQ(cut_at_character("añ選", 6), "añ選");
  EXPECT_EQ(cut_at_character("añ選", 5), "añ");
  EXPECT_EQ(cut_at_character("añ選", 3), "añ");
  EXPECT_EQ(cut_at_character("añ選", 2), "a");
  EXPECT_EQ(cut_at_character("選", 2), "");
  EXPECT_EQ(cut_at_character("\x80\x80\x80", 2), "");
  EXPECT_EQ(cut_at_character("", 2), "");
}

TEST(Utf8, OnlyControlsOfDirectionTurnATextAround) {
  for (char32_t point = 0x20; point < 0x3000; ++point)
    EXPECT_EQ(turns_direction("a" + encoded(point) + "b"),
              (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069))
        << static_cast<std::uint32_t>(point);
}

}  // namespace
}  // namespace teller
