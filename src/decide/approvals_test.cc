// Decisions that wait, with two processes that take them: each has an Approvals of its own on the same rows.
#include "decide/approvals.h"

#include <gtest/gtest.h>

#include "decide/approval_files.h"
#include "decide/decision_id.h"
#include "testing/folder.h"

namespace teller {
namespace {

struct SetClock final : Clock {
  [[nodiscard]] std::int64_t now_us() const override { return us; }
  std::int64_t us = 1'000'000;
};

class ApprovalsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = ApprovalFiles::open(folder / "approvals");
    ASSERT_TRUE(opened) << to_text(opened.error());
    rows = std::move(*opened);
    unsigned_one.count.bytes = {7};
    unsigned_one.reason = "Polls open";
    Control control;
    control.reason = unsigned_one.reason;
    control.number = 1;
    unsigned_one.entries = {{new_decision_id(), control}};
    for (const char* name : {"a.huber", "b.meier", "c.auer"}) {
      keys.push_back(*OfficerKey::make(name, OfficerRole::tabulation));
    }
  }
  [[nodiscard]] Decision signed_by(std::size_t officer) const {
    Decision decision = unsigned_one;
    EXPECT_TRUE(sign(decision, keys.at(officer)));
    return decision;
  }
  // Nothing: another one had changed it.
  static std::optional<Approval> put(Approvals& approvals, const Approvals::Joined& joined) {
    const auto waits = approvals.put(joined, "somebody");
    EXPECT_TRUE(waits) << to_text(waits.error());
    return waits ? *waits : std::nullopt;
  }

  TestFolder folder;
  SetClock clock;
  std::unique_ptr<ApprovalFiles> rows;
  Decision unsigned_one;
  std::vector<OfficerKey> keys;
};

TEST_F(ApprovalsTest, OfTwoSignaturesThatComeAtOnceNoneIsLost) {
  Approvals one(*rows, clock, std::chrono::hours(1)), other(*rows, clock, std::chrono::hours(1));
  const auto first = one.joined(signed_by(0));
  const auto second = other.joined(signed_by(1));  // Before the first one waits.
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(put(one, *first));
  EXPECT_FALSE(put(other, *second)) << "it would be in the place of the first one";
  const auto again = other.joined(signed_by(1));
  ASSERT_TRUE(again);
  const auto both = put(other, *again);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->officers, (std::vector<std::string>{"a.huber", "b.meier"}));
  const auto listed = one.list();
  ASSERT_TRUE(listed && listed->size() == 1);
  EXPECT_EQ(listed->front().officers, both->officers) << "the other process sees it at once";
  const auto text = one.text(both->id);
  ASSERT_TRUE(text && *text);
  EXPECT_EQ(parse_decision(**text, "text")->officers(), both->officers);
}

TEST_F(ApprovalsTest, WhatWaitedTooLongIsToldByOneOfThem) {
  Approvals one(*rows, clock, std::chrono::hours(1)), other(*rows, clock, std::chrono::hours(1));
  ASSERT_TRUE(put(one, *one.joined(signed_by(0))));
  clock.us += std::int64_t{30} * 60 * 1'000'000;
  ASSERT_TRUE(put(other, *other.joined(signed_by(1)))) << "its time counts from the first one";
  clock.us += std::int64_t{30} * 60 * 1'000'000;
  ASSERT_EQ(one.list()->size(), 1U);
  ASSERT_EQ(other.take_expired()->size(), 1U);
  EXPECT_TRUE(one.take_expired()->empty());
  EXPECT_TRUE(one.list()->empty());
  // What is sent again begins anew.
  const auto anew = put(one, *one.joined(signed_by(2)));
  ASSERT_TRUE(anew);
  EXPECT_EQ(anew->officers, (std::vector<std::string>{"c.auer"}));
  EXPECT_EQ(anew->came_us, clock.us);
}

TEST_F(ApprovalsTest, ATextThatCannotBeReadIsPassedOverAndReplaced) {
  Approvals approvals(*rows, clock, std::chrono::hours(1));
  const auto waits = put(approvals, *approvals.joined(signed_by(0)));
  ASSERT_TRUE(waits);
  const auto text = rows->read_waiting(waits->id);
  ASSERT_TRUE(text && *text);
  ASSERT_EQ(rows->put_waiting(waits->id, "damaged", sha256(as_bytes(**text))), Result<bool>(true));
  EXPECT_TRUE(approvals.list()->empty());
  EXPECT_EQ(approvals.text(waits->id), (Result<std::optional<std::string>>(std::nullopt)));
  const auto again = put(approvals, *approvals.joined(signed_by(1)));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->officers, (std::vector<std::string>{"b.meier"}));
}

}  // namespace
}  // namespace teller
