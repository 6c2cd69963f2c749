#include "tables/number_format.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

const NumberFormat plain;
const NumberFormat commas{.thousands = {","}};
const NumberFormat points{.thousands = {"."}};
const NumberFormat indian{.thousands = {","}, .grouping = NumberFormat::Grouping::indian};
const NumberFormat any_script{.thousands = {"\u066C"}, .other_digits = true};

NumberKind kind(std::string_view text, const NumberFormat& format = plain) {
  std::uint64_t value = 0;
  return read_number(text, format, value);
}

std::uint64_t number(std::string_view text, const NumberFormat& format = plain) {
  std::uint64_t value = 0;
  EXPECT_EQ(read_number(text, format, value), NumberKind::number) << text;
  return value;
}

TEST(NumberFormat, WhatChangesNoFigureIsAlwaysANumber) {
  EXPECT_EQ(number("0"), 0U);
  EXPECT_EQ(number(" 17"), 17U);
  EXPECT_EQ(number("17\u00A0"), 17U);
  EXPECT_EQ(number("\u200F17\uFEFF"), 17U);
  EXPECT_EQ(number("007"), 7U);
  EXPECT_EQ(number("1234.0"), 1234U);
  EXPECT_EQ(number("1234.00"), 1234U);
  EXPECT_EQ(number("1234.000"), 1234U);
  EXPECT_EQ(number("=\"12\""), 12U);
  EXPECT_EQ(number("9007199254740991"), 9007199254740991U);
}

TEST(NumberFormat, ASeparatorIsTakenWhereTheMappingAllowsItAndTheGroupsAreRight) {
  EXPECT_EQ(number("1,346", commas), 1346U);
  EXPECT_EQ(number("12,345,678", commas), 12345678U);
  EXPECT_EQ(number("1,346.0", commas), 1346U);
  EXPECT_EQ(number("1346", commas), 1346U);
  EXPECT_EQ(number("1.346", points), 1346U);
  EXPECT_EQ(number("1.346,00", points), 1346U);
  EXPECT_EQ(number("1,00,000", indian), 100000U);
  EXPECT_EQ(number("12,34,567", indian), 1234567U);
  EXPECT_EQ(number("999", indian), 999U);
  for (const std::string_view blank : {" ", "\u00A0", "\u202F", "\u2009", "'", "\u2019"}) {
    const std::string text = "1" + std::string(blank) + "346";
    EXPECT_EQ(number(text, {.thousands = {std::string(blank)}}), 1346U) << text;
    EXPECT_EQ(kind(text), NumberKind::separated) << text;
  }
  EXPECT_EQ(kind("1,346"), NumberKind::separated);
  EXPECT_EQ(kind("1.346"), NumberKind::separated);
  EXPECT_EQ(kind("1.346", commas), NumberKind::separated);
  EXPECT_EQ(kind("1,34", commas), NumberKind::grouping);
  EXPECT_EQ(kind(",346", commas), NumberKind::grouping);
  EXPECT_EQ(kind("1234,567", commas), NumberKind::grouping);
  EXPECT_EQ(kind("1,,346", commas), NumberKind::grouping);
  EXPECT_EQ(kind("1,00,000", commas), NumberKind::grouping);
  EXPECT_EQ(kind("123,456,789", indian), NumberKind::grouping);
  EXPECT_EQ(kind("1,346.789", {.thousands = {",", "."}}), NumberKind::grouping);
  // A thousand, or one? Where the format does not say it nobody guesses.
  EXPECT_EQ(kind("1.000"), NumberKind::ambiguous);
  EXPECT_EQ(number("1.000", points), 1000U);
  EXPECT_EQ(kind("1.000", commas), NumberKind::separated);
  EXPECT_EQ(kind("1,000", points), NumberKind::separated);
}

TEST(NumberFormat, EverythingElseIsRefusedWithWordsOfItsOwn) {
  EXPECT_EQ(kind(""), NumberKind::empty);
  EXPECT_EQ(kind(" \u00A0"), NumberKind::empty);
  EXPECT_EQ(kind("9007199254740992"), NumberKind::too_large);
  EXPECT_EQ(kind("99999999999999999999999999"), NumberKind::too_large);
  EXPECT_EQ(kind("1.00E+03"), NumberKind::exponent);
  EXPECT_EQ(kind("1,00E+03"), NumberKind::exponent);
  EXPECT_EQ(kind("1e3"), NumberKind::exponent);
  EXPECT_EQ(kind("-3"), NumberKind::negative);
  EXPECT_EQ(kind("\u22123"), NumberKind::negative);
  EXPECT_EQ(kind("3-"), NumberKind::negative);
  EXPECT_EQ(kind("+17"), NumberKind::plus);
  EXPECT_EQ(kind("(3)"), NumberKind::brackets);
  EXPECT_EQ(kind("45.2%"), NumberKind::percent);
  EXPECT_EQ(kind("45 %"), NumberKind::percent);
  EXPECT_EQ(kind("64.5"), NumberKind::fraction);
  EXPECT_EQ(kind("64,5"), NumberKind::fraction);
  EXPECT_EQ(kind("1/2"), NumberKind::fraction);
  EXPECT_EQ(kind("½"), NumberKind::fraction);
  for (const std::string_view text : {"x", "-", "N/A", "***", "<10", "0x10", "nan", "12 votes",
                                      "=12", ".", ",", "\xFF", "1\xC3"}) {
    EXPECT_EQ(kind(text), NumberKind::other) << text;
  }
}

TEST(NumberFormat, DigitsOfOtherScriptsAreTakenWhereTheMappingAllowsThem) {
  EXPECT_EQ(kind("١٢"), NumberKind::script);
  EXPECT_EQ(number("١٢", any_script), 12U);
  EXPECT_EQ(number("१२३", any_script), 123U);
  EXPECT_EQ(number("٩٠\u066C٠٠٠", any_script), 90000U);
  EXPECT_EQ(number("12", any_script), 12U);
  EXPECT_EQ(kind("1٢", any_script), NumberKind::script);
}

}  // namespace
}  // namespace teller
