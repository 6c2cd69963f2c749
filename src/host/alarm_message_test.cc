#include "host/alarm_message.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "testing/example_election.h"

namespace teller {
namespace {

// RFC 4231, test cases 1, 2 and 6.
TEST(AlarmMessage, TheSignatureIsHmacSha256) {
  const Bytes key(20, 0x0b);
  EXPECT_EQ(to_hex(hmac_sha256(key, as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(alarm_signature("Jefe", "what do ya want for nothing?"),
            "hmac-sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Bytes longer_than_a_block(131, 0xaa);
  EXPECT_EQ(to_hex(hmac_sha256(longer_than_a_block,
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Every report changes what the others say; a finding that was told is not told again for that.
TEST(AlarmMessage, WhatOthersSayIsToldAndMakesNoOtherFinding) {
  const Rules rules = example::rules();
  CountChecked checked;
  checked.findings = {{.kind = CheckKind::blank_share,
                       .severity = Severity::warning,
                       .contest = ContestId{0},
                       .units = {UnitId{0}},
                       .method = std::nullopt,
                       .what = "30 of 200 cards are blank, 15.00 %",
                       .beside = "in the other reports of this contest 12 of 300, 4.00 %"}};
  const auto first = alarm_findings(rules, default_check_rules(), checked);
  checked.findings[0].beside = "in the other reports of this contest 17 of 400, 4.25 %";
  const auto later = alarm_findings(rules, default_check_rules(), checked);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(first.at(0).id, later[0].id);
  EXPECT_TRUE(later[0].json.contains("17 of 400")) << later[0].json;
  checked.findings[0].what = "31 of 200 cards are blank, 15.50 %";
  EXPECT_NE(alarm_findings(rules, default_check_rules(), checked).at(0).id, later[0].id);
}

}  // namespace
}  // namespace teller
