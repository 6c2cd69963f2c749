#include "election/decisions.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/ed25519.h"

namespace teller {
namespace {

constexpr std::string_view role_names[] = {"registrar", "clerk",     "operator", "tabulation",
                                           "auditor",   "publisher", "observer"};
constexpr std::string_view stage_names[] = {"setup", "open", "closed", "certified"};
static_assert(std::size(role_names) == roles && std::size(stage_names) == stages);

struct DecisionRow {
  std::string_view name;
  Control::Action action;
  unsigned roles, stages;  // A bit each, from 1 << 0.
  int becomes;             // A stage; -1: none.
};

constexpr DecisionRow decision_rows[] = {
#include "decisions/decision_rows.inc"
};

const DecisionRow* row_of(Control::Action action) {
  const auto* found = std::ranges::find(decision_rows, action, &DecisionRow::action);
  return found == std::end(decision_rows) ? nullptr : found;
}

}  // namespace

std::string_view to_text(OfficerRole role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<OfficerRole> role_named(std::string_view text) {
  const auto* found = std::ranges::find(role_names, text);
  if (found == std::end(role_names)) return std::nullopt;
  return static_cast<OfficerRole>(found - std::begin(role_names));
}

std::string_view to_text(Stage stage) { return stage_names[static_cast<std::size_t>(stage)]; }

std::string_view to_text(Control::Action action) {
  const DecisionRow* row = row_of(action);
  return row == nullptr ? std::string_view() : row->name;
}

std::optional<Control::Action> action_named(std::string_view text) {
  const auto* found = std::ranges::find(decision_rows, text, &DecisionRow::name);
  if (found == std::end(decision_rows)) return std::nullopt;
  return found->action;
}

bool may(OfficerRole role, Control::Action action) {
  const DecisionRow* row = row_of(action);
  return row != nullptr && (row->roles >> static_cast<unsigned>(role) & 1U) != 0;
}

bool allowed_at(Stage stage, Control::Action action) {
  const DecisionRow* row = row_of(action);
  return row != nullptr && (row->stages >> static_cast<unsigned>(stage) & 1U) != 0;
}

Stage stage_after(Stage stage, Control::Action action) {
  const DecisionRow* row = row_of(action);
  check(row != nullptr, "a decision stands in the table");
  return row->becomes < 0 ? stage : static_cast<Stage>(row->becomes);
}

std::optional<Reason> not_decided(const EntryId& id, const Control& control,
                                  const CountFile& count) {
  if (count.officers.empty()) return Reason::control_no_officers;
  if (control.about_stage() && control.partition >= count.partitions) {
    return Reason::control_partition;
  }
  std::vector<const Officer*> signers;
  for (const Control::Signature& signature : control.signatures) {
    const auto officer = std::ranges::find(count.officers, signature.officer, &Officer::name);
    if (officer == count.officers.end()) return Reason::control_officer_unknown;
    if (!may(officer->role, control.action)) return Reason::control_role;
    signers.push_back(&*officer);
  }
  if (signers.size() < count.approvals) return Reason::control_approvals;
  const Bytes text = signed_bytes(id, control, count.id);
  for (std::size_t i = 0; i < signers.size(); ++i) {
    if (!good_signature(signers[i]->key, text, control.signatures[i].bytes)) {
      return Reason::control_signature;
    }
  }
  return std::nullopt;
}

}  // namespace teller
