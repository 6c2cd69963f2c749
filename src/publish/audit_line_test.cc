#include "publish/audit_line.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

AuditLine line() {
  AuditLine line;
  line.count.bytes.fill(7);
  line.number = 3;
  line.previous.fill(1);
  line.time_us = 1'705'132'800'123'456;
  line.actor = "a.huber";
  line.action = "resume";
  line.subject = "partition 3";
  line.reason = "Platte getauscht — Journal zurückgespielt";
  line.before.fill(2);
  line.approver = "b.meier";
  line.random.fill(9);
  return line;
}

TEST(AuditLine, IsReadBackAsItWasWritten) {
  AuditLine one = line();
  EXPECT_EQ(*parse_audit_line(to_text(one)), one);
  one.approver.clear();
  EXPECT_EQ(*parse_audit_line(to_text(one)), one);
  EXPECT_TRUE(to_text(one).contains("\napprover -\n"));
}

// A line is a leaf: one content, one byte string. Hex in capitals, a leading zero, a line more or
// one less would be another leaf of the same content.
TEST(AuditLine, OneChangedByteIsAnotherLineOrNone) {
  const std::string text = to_text(line());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 0x20);
    const auto parsed = parse_audit_line(other);
    if (parsed) {
      EXPECT_NE(*parsed, line()) << i;
      EXPECT_EQ(to_text(*parsed), other) << i;
    }
    EXPECT_FALSE(parse_audit_line(text.substr(0, i))) << i;
  }
  EXPECT_FALSE(parse_audit_line(text + "\n"));
  std::string leading_zero = text;
  leading_zero.replace(leading_zero.find("number 3"), 8, "number 03");
  EXPECT_FALSE(parse_audit_line(leading_zero));
}

// A newline in a text would make two lines of one, and a reason that is missing answers nothing.
TEST(AuditLine, ItsTextsAreCleanAndThere) {
  ASSERT_TRUE(check_texts(line()));
  const auto refused = [](auto change) {
    AuditLine wrong = line();
    change(wrong);
    const auto checked = check_texts(wrong);
    EXPECT_FALSE(parse_audit_line(to_text(wrong)));
    return !checked && checked.error().code == "audit.text_invalid";
  };
  EXPECT_TRUE(refused([](AuditLine& l) { l.reason.clear(); }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.reason = "  "; }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.reason = "one\naction two"; }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.reason.assign(audit_reason_bytes_max + 1, 'x'); }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.actor.clear(); }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.actor.assign(audit_name_bytes_max + 1, 'x'); }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.subject = "\xFF"; }));
  EXPECT_TRUE(refused([](AuditLine& l) { l.approver = l.actor; }));
  AuditLine dash = line();
  dash.approver = "-";
  EXPECT_FALSE(check_texts(dash)) << "it means nobody";
}

}  // namespace
}  // namespace teller
