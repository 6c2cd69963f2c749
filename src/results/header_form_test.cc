#include "results/header_form.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

using Parts = std::vector<std::string>;

std::optional<Parts> read(std::string_view form, std::string_view header) {
  const auto parsed = HeaderForm::parse(form);
  EXPECT_TRUE(parsed) << form;
  return parsed ? parsed->read(header) : std::nullopt;
}

TEST(HeaderForm, TakesANameOfAColumnApart) {
  EXPECT_EQ(read("{contest} - {option}", "Mayor - Ada Moss"), (Parts{"Mayor", "Ada Moss"}));
  EXPECT_EQ(read("{contest}: {option} ({party})", "Mayor: Ada Moss (DEM)"),
            (Parts{"Mayor", "Ada Moss", "DEM"}));
  EXPECT_EQ(read("Votes of {option} here", "Votes of Ada here"), (Parts{"Ada"}));
}

TEST(HeaderForm, EndsAPartWhereWhatStandsBehindItComesFirst) {
  EXPECT_EQ(read("{contest} - {option}", "Mayor - Ada - Moss"), (Parts{"Mayor", "Ada - Moss"}));
  EXPECT_EQ(read("{a}-{b}-{c}", "-1-2-3"), (Parts{"-1", "2", "3"}));
}

// "Ada Moss ED": where the name ends, nothing else says.
TEST(HeaderForm, TakesAPartOfWhichItSaysTheTexts) {
  const std::string_view behind = "{option} {method=ED|AV|Total|Total AV}";
  EXPECT_EQ(read(behind, "Ada Moss ED"), (Parts{"Ada Moss", "ED"}));
  EXPECT_EQ(read(behind, "Total Tim Total AV"), (Parts{"Total Tim", "Total AV"}));
  EXPECT_EQ(read(behind, "Ada Moss"), std::nullopt);
  EXPECT_EQ(read(behind, "ED"), std::nullopt);
  EXPECT_EQ(read("{method=ED|AV} {option}", "AV Ada Moss"), (Parts{"AV", "Ada Moss"}));
  EXPECT_EQ(read("{method=ED|AV} {option} ({party})", "AV Ada (DEM)"), (Parts{"AV", "Ada", "DEM"}));
  EXPECT_EQ(read("{option} ({method=Early|Mail})", "Ada (DEM) (Mail)"),
            (Parts{"Ada (DEM)", "Mail"}));
  EXPECT_EQ(read("{a=x|y}-{b=y|z}", "x-z"), (Parts{"x", "z"}));
  EXPECT_EQ(read("{a=x|y}-{b=y|z}", "x-1-z"), std::nullopt);
  EXPECT_EQ(read("{a=x|y}", "y"), (Parts{"y"}));
  EXPECT_EQ(read("{a=x|y}", "xy"), std::nullopt);
}

TEST(HeaderForm, HasNoEmptyPart) {
  EXPECT_EQ(read("{contest} - {option}", "Mayor"), std::nullopt);
  EXPECT_EQ(read("{contest}:{option}", "Mayor:"), std::nullopt);
  EXPECT_EQ(read("{contest}:{option}", ": Ada"), std::nullopt);
  EXPECT_EQ(read("({a})", "()"), std::nullopt);
  EXPECT_EQ(read("ab{a}ba", "aba"), std::nullopt);
}

TEST(HeaderForm, IsRefusedWhereItCannotBeMeant) {
  for (const char* const wrong : {"", "Mayor", "{contest", "contest}", "{}", "{a}{b}", "{a} {a}",
                                  "{1} {a}", "{a=}", "{a=x|} {b}", "{=x} {b}", "{a} {b=x} {c}"})
    EXPECT_FALSE(HeaderForm::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace teller
