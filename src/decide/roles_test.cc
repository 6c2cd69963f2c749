// That the C++ table is the one of schema/roles.toml; each cell is asked of a running server in
// tests/embedded/test_persons.py.
#include "decide/roles.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "election/decisions.h"

namespace teller {
namespace {

TEST(Roles, WhatOfficersMaySignTheyMayHandInAndAtTheSameStages) {
  for (const auto action :
       {Control::Action::open, Control::Action::close, Control::Action::certify,
        Control::Action::reopen, Control::Action::void_ballot, Control::Action::reinstate}) {
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
      EXPECT_FALSE(not_allowed("a", static_cast<OfficerRole>(role), static_cast<Stage>(stage),
                               operation_named("me")));
    }
  }
}

TEST(Roles, ARefusalNamesRoleStageOperationAndWhoMay) {
  EXPECT_EQ(not_allowed("c.clerk", OfficerRole::clerk, Stage::open, operation_named("decide void")),
            "c.clerk asks as clerk to decide void while the count's stage is open; that is for "
            "tabulation at open or closed");
  EXPECT_TRUE(
      not_allowed("a", OfficerRole::tabulation, Stage::setup, operation_named("decide close")));
  EXPECT_FALSE(
      not_allowed("a", OfficerRole::tabulation, Stage::open, operation_named("decide close")));
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
