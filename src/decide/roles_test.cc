// That the C++ table is the one of schema/roles.toml; each cell is asked of a running server in
// tests/embedded/test_persons.py.
#include "decide/roles.h"

#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "election/decisions.h"

namespace teller {
namespace {

TEST(Roles, WhatOfficersMaySignTheyMayHandInAndAtTheSameStages) {
  for (const auto action :
       {Control::Action::open, Control::Action::close, Control::Action::certify,
        Control::Action::reopen, Control::Action::void_ballot, Control::Action::reinstate,
        Control::Action::supersede, Control::Action::keep}) {
    const Operation& operation = operation_of(action);
    EXPECT_TRUE(operation.by_approvals) << operation.name;
    for (std::uint8_t role = 0; role < roles; ++role) {
      EXPECT_EQ(may_role(static_cast<OfficerRole>(role), operation),
                may(static_cast<OfficerRole>(role), action))
          << operation.name;
    }
    for (std::uint8_t stage = 0; stage < stages; ++stage) {
      EXPECT_EQ(may_at(static_cast<Stage>(stage), operation),
                allowed_at(static_cast<Stage>(stage), action))
          << operation.name;
    }
  }
}

TEST(Roles, EveryoneMayAskAsWhomTheyAreKnown) {
  for (std::uint8_t role = 0; role < roles; ++role) {
    for (std::uint8_t stage = 0; stage < stages; ++stage) {
      EXPECT_FALSE(not_allowed("a", std::array{static_cast<OfficerRole>(role)},
                               static_cast<Stage>(stage), operation_named("me")));
    }
  }
}

TEST(Roles, ARefusalNamesRoleStageOperationAndWhoMay) {
  const std::array clerk{OfficerRole::clerk}, tabulation{OfficerRole::tabulation};
  EXPECT_EQ(not_allowed("c.clerk", clerk, Stage::open, operation_named("decide void")),
            "c.clerk asks as clerk to decide void while the count's stage is open; that is for "
            "tabulation at open or closed");
  EXPECT_TRUE(not_allowed("a", tabulation, Stage::setup, operation_named("decide close")));
  EXPECT_FALSE(not_allowed("a", tabulation, Stage::open, operation_named("decide close")));
}

TEST(Roles, WhoHoldsSeveralMayWhatOneOfThemMay) {
  const std::array both{OfficerRole::clerk, OfficerRole::auditor};
  EXPECT_FALSE(not_allowed("a", both, Stage::open, operation_named("read audit log")));
  EXPECT_EQ(not_allowed("a", both, Stage::open, operation_named("decide close")),
            "a asks as clerk, auditor to decide close while the count's stage is open; that is for "
            "tabulation at open");
}

TEST(Roles, RolesAreKeptApartInBothDirections) {
  for (const auto& [one, other] : {std::pair(OfficerRole::registrar, OfficerRole::tabulation),
                                   std::pair(OfficerRole::registrar, OfficerRole::operations),
                                   std::pair(OfficerRole::registrar, OfficerRole::clerk),
                                   std::pair(OfficerRole::auditor, OfficerRole::operations),
                                   std::pair(OfficerRole::tabulation, OfficerRole::publisher)}) {
    EXPECT_TRUE(separated(one, other));
    EXPECT_TRUE(separated(other, one));
  }
  EXPECT_FALSE(separated(OfficerRole::tabulation, OfficerRole::operations));
  EXPECT_FALSE(separated(OfficerRole::tabulation, OfficerRole::tabulation));
}

}  // namespace
}  // namespace teller
