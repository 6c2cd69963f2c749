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

TEST(HeaderForm, HasNoEmptyPart) {
  EXPECT_EQ(read("{contest} - {option}", "Mayor"), std::nullopt);
  EXPECT_EQ(read("{contest}:{option}", "Mayor:"), std::nullopt);
  EXPECT_EQ(read("{contest}:{option}", ": Ada"), std::nullopt);
  EXPECT_EQ(read("({a})", "()"), std::nullopt);
  EXPECT_EQ(read("ab{a}ba", "aba"), std::nullopt);
}

TEST(HeaderForm, IsRefusedWhereItCannotBeMeant) {
  for (const char* const wrong :
       {"", "Mayor", "{contest", "contest}", "{}", "{a}{b}", "{a} {a}", "{1} {a}"})
    EXPECT_FALSE(HeaderForm::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace teller
