#include "host/last_found.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace teller {
namespace {

LastFound::Found found(const char* what, std::uint64_t commit) {
  return {.findings = {{.id = sha256(as_bytes(what)), .json = what}}, .commit = commit};
}

// A line of the audit log makes the checks look again at a commit at which they have looked, while what
// they said before is on its way: it must not be dropped with it.
TEST(LastFound, WhatIsFoundMeanwhileAtTheSameCommitIsStillToBeTold) {
  LastFound last;
  last.put(found("sixty thousand votes", 7));
  const auto first = last.look();
  ASSERT_TRUE(first);
  last.put(found("work at night", 7));
  last.told(*first);
  const auto second = last.look();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->findings[0].json, "work at night");
  last.told(*second);
  EXPECT_FALSE(last.look());
}

}  // namespace
}  // namespace teller
