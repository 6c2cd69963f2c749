#include "publish/zero_report.h"

#include <gtest/gtest.h>

#include "publish/note.h"
#include "testing/store_election.h"

namespace teller {
namespace {

class ZeroReportTest : public testing::Test {
 protected:
  ZeroReport report() const {
    return zero_report_of({&rules, &count}, presentation, 1'705'132'800'123'456);
  }

  const Rules rules = ContractElection::rules();
  const Presentation presentation = ContractElection::presentation(rules);
  const CountFile count = ContractElection::count(rules, presentation, 1);
};

TEST_F(ZeroReportTest, IsReadBackAsItWasWritten) {
  EXPECT_EQ(*parse_zero_report(to_text(report())), report());
  ZeroReport without = report();
  without.label.clear();
  without.contests.clear();
  EXPECT_EQ(*parse_zero_report(to_text(without)), without);
  EXPECT_EQ(report().contests.at(1).options.at(0).name, "Cruz");
  EXPECT_TRUE(report().contests.at(0).write_ins);
}

// What is cut off, has a byte more or says a figure that is not 0 is no report.
TEST_F(ZeroReportTest, OneChangedByteIsAnotherReportOrNone) {
  const std::string text = to_text(report());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] == '0' ? '1' : other[i] ^ 0x20);
    const auto parsed = parse_zero_report(other);
    if (parsed) {
      EXPECT_NE(*parsed, report()) << i;
      EXPECT_EQ(to_text(*parsed), other) << i;
    }
    EXPECT_FALSE(parse_zero_report(text.substr(0, i))) << i;
  }
  EXPECT_FALSE(parse_zero_report(text + "\n"));
  for (const std::string_view figure :
       {"votes 0", "cards 0", "size 0", "segments 0", "recorded 0"}) {
    std::string other = text;
    other.replace(other.find(figure) + figure.size() - 1, 1, "7");
    EXPECT_FALSE(parse_zero_report(other)) << figure;
  }
}

TEST_F(ZeroReportTest, NamesTheKeyThatSignedIt) {
  const Signer one("one", Ed25519Seed{1}), two("two", Ed25519Seed{2});
  ZeroReport said = report();
  said.key = one.verifier_key();
  EXPECT_EQ(*open_zero_report(one.sign(to_text(said)), one.verifier_key()), said);
  const auto other = open_zero_report(two.sign(to_text(said)), two.verifier_key());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "zero.invalid");
  EXPECT_EQ(open_zero_report(one.sign(to_text(said)), two.verifier_key()).error().code,
            "note.not_signed");
}

}  // namespace
}  // namespace teller
