#include "decide/roles.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "election/decisions.h"

namespace teller {
namespace {

constexpr Operation operation_rows[] = {
#include "roles/operation_rows.inc"
};

struct Separation {
  OfficerRole role;
  unsigned from;  // A bit each.
  std::string_view because;
  [[nodiscard]] bool keeps_apart(OfficerRole one, OfficerRole other) const {
    return role == one && (from >> static_cast<unsigned>(other) & 1U) != 0;
  }
};

constexpr Separation separations[] = {
#include "roles/separated_rows.inc"
};

std::string roles_that_may(const Operation& operation) {
  std::vector<OfficerRole> able;
  for (std::uint8_t role = 0; role < roles; ++role) {
    if (may_role(static_cast<OfficerRole>(role), operation)) {
      able.push_back(static_cast<OfficerRole>(role));
    }
  }
  return roles_text(able);
}

std::string stages_at_which(const Operation& operation) {
  std::vector<std::string_view> names;
  for (std::uint8_t stage = 0; stage < stages; ++stage) {
    if (may_at(static_cast<Stage>(stage), operation)) {
      names.push_back(to_text(static_cast<Stage>(stage)));
    }
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

}  // namespace

std::span<const Operation> operations() { return operation_rows; }

const Operation& operation_named(std::string_view name) {
  const auto* found = std::ranges::find(operation_rows, name, &Operation::name);
  check(found != std::end(operation_rows), "an operation stands in schema/roles.toml");
  return *found;
}

const Operation& operation_of(Control::Action decision) {
  return operation_named("decide " + std::string(to_text(decision)));
}

bool may_role(OfficerRole role, const Operation& operation) {
  return (operation.roles >> static_cast<unsigned>(role) & 1U) != 0;
}

bool may_at(Stage stage, const Operation& operation) {
  return (operation.stages >> static_cast<unsigned>(stage) & 1U) != 0;
}

bool may_any(std::span<const OfficerRole> held, const Operation& operation) {
  return std::ranges::any_of(held, [&](OfficerRole role) { return may_role(role, operation); });
}

std::optional<std::string> not_allowed(std::string_view name, std::span<const OfficerRole> held,
                                       Stage stage, const Operation& operation) {
  if (may_any(held, operation) && may_at(stage, operation)) return std::nullopt;
  return fmt::format("{} asks as {} to {} while the count's stage is {}; that is for {} at {}",
                     name, roles_text(held), operation.name, to_text(stage),
                     roles_that_may(operation), stages_at_which(operation));
}

std::string roles_text(std::span<const OfficerRole> held) {
  std::vector<std::string_view> names;
  for (const OfficerRole role : held) names.push_back(to_text(role));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<std::string_view> separated(OfficerRole one, OfficerRole other) {
  for (const Separation& separation : separations) {
    if (separation.keeps_apart(one, other) || separation.keeps_apart(other, one)) {
      return separation.because;
    }
  }
  return std::nullopt;
}

}  // namespace teller
