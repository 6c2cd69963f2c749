#include "checks/check_rules.h"

#include <string>

#include <gtest/gtest.h>

#include "count/step.h"

namespace teller {
namespace {

std::string faults_of(const std::string& text) {
  const auto read = CheckRules::parse(text, "mine.toml");
  return read ? "" : read.error().detail;
}

TEST(CheckRules, AllChecksAreBuiltInAndSayWhatTheyAre) {
  const CheckRules& rules = default_check_rules();
  for (std::size_t i = 0; i < check_kinds; ++i) {
    EXPECT_TRUE(rules.rules.at(i).made) << i;
    EXPECT_FALSE(rules.rules.at(i).says.empty()) << i;
  }
  EXPECT_EQ(rules.of(CheckKind::balance).severity, Severity::error);
  EXPECT_EQ(rules.of(CheckKind::same_votes).severity, Severity::warning);
  EXPECT_EQ(rules.of(CheckKind::silent_unit).severity, Severity::note);
}

TEST(CheckRules, AFileMakesItsOwnChecksAndKeepsWhatItLeavesOut) {
  const auto rules = CheckRules::parse(
      "[blank_share]\nabove_percent = 9\nseverity = \"note\"\n"
      "[balance]\nnot_given = [\"undervotes\", \"overvotes\"]\n",
      "mine.toml");
  ASSERT_TRUE(rules) << to_text(rules.error());
  EXPECT_TRUE(rules->of(CheckKind::blank_share).made);
  EXPECT_FALSE(rules->of(CheckKind::invalid_share).made);
  EXPECT_EQ(rules->of(CheckKind::blank_share).severity, Severity::note);
  EXPECT_EQ(rules->hash.size(), 64U);
  EXPECT_TRUE(default_check_rules().hash.empty());
  EXPECT_EQ(rules->blank.above_percent, 9);
  EXPECT_EQ(rules->blank.cards_min, default_check_rules().blank.cards_min);
  EXPECT_EQ(rules->balance.not_given,
            (std::vector<std::uint16_t>{slot::undervotes, slot::overvotes}));
}

TEST(CheckRules, AKeyThatIsNotKnownIsRefusedByNameAndLine) {
  EXPECT_NE(faults_of("[blank_share]\n\nabove_percents = 9\n")
                .find("mine.toml:3: [blank_share] above_percents is not known here; did you mean "
                      "above_percent?"),
            std::string::npos);
}

TEST(CheckRules, ACheckThatIsNotKnownIsRefusedByNameAndLine) {
  EXPECT_NE(faults_of("[balance]\n[blanc_share]\n")
                .find("mine.toml:2: blanc_share is not known here; did you mean blank_share?"),
            std::string::npos);
}

TEST(CheckRules, AValueThatCannotBeIsRefusedByLine) {
  EXPECT_EQ(faults_of("[balance]\nseverity = \"fatal\"\n"),
            "mine.toml:2: [balance] severity must be \"error\", \"warning\" or \"note\"");
  EXPECT_EQ(faults_of("[invalid_share]\nabove_percent = 101\n"),
            "mine.toml:2: [invalid_share] above_percent must be a whole number from 0 to 100");
  EXPECT_EQ(faults_of("[list_total]\nlists = \"a\"\n"),
            "mine.toml:1: [list_total] candidates must name a contest, for the other one does");
  EXPECT_EQ(faults_of("[balance]\nnot_given = [\"cards\"]\n"),
            "mine.toml:2: [balance] not_given has \"cards\"; what can be left to another figure is "
            "undervotes, overvotes, blank, invalid, exhausted");
}

}  // namespace
}  // namespace teller
