// Who may do what at which stage of a count, and which roles one person may not hold together: asks
// the table of schema/roles.toml, from which docs/reference/roles.md and the test of every cell come.
//
// Pure. Whoever lets a person in asks it: the routes of host/officer_routes.h, `teller token`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "election/entry.h"
#include "election/officers.h"

namespace teller {

// One thing that a person asks to do: "list approvals", "decide close".
struct Operation {
  std::string_view name;
  unsigned roles, stages;  // A bit each, from 1 << 0.
  bool by_approvals;       // It takes as many persons as the count file says; else one.
};
[[nodiscard]] std::span<const Operation> operations();
// One of the table; a name that is not there is our own mistake.
[[nodiscard]] const Operation& operation_named(std::string_view name);
[[nodiscard]] const Operation& operation_of(Control::Action decision);

[[nodiscard]] bool may_role(OfficerRole role, const Operation& operation);
[[nodiscard]] bool may_at(Stage stage, const Operation& operation);

// Whether one of the roles that a person holds may.
[[nodiscard]] bool may_any(std::span<const OfficerRole> held, const Operation& operation);

// Why a person may not, in a sentence that names roles, stage, operation and who may; nothing when
// the person may.
[[nodiscard]] std::optional<std::string> not_allowed(std::string_view name,
                                                     std::span<const OfficerRole> held, Stage stage,
                                                     const Operation& operation);
// "tabulation, operator"
[[nodiscard]] std::string roles_text(std::span<const OfficerRole> held);

// Why one person may not hold both; nothing when there is no reason.
[[nodiscard]] std::optional<std::string_view> separated(OfficerRole one, OfficerRole other);

}  // namespace teller
