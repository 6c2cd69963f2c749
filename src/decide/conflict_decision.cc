#include "decide/conflict_decision.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "decide/ballot_decision.h"
#include "decide/count_now.h"
#include "decide/decision_id.h"
#include "log/merkle.h"
#include "publish/good_decisions.h"
#include "store/each_decision.h"

namespace teller {
namespace {

Error no_conflict(std::string why) {
  return {Remedy::reject, "decision.no_conflict", std::move(why)};
}

// What settles one conflict; `now` is what stands under its id.
Result<Control> settle(const Conflict& conflict, const EntryId& id, const EntryNow& now,
                       Resolve how) {
  const bool stands = now.stands == conflict.sent;
  const auto kind = static_cast<EntryKind>(conflict.sent[1]);
  const auto settled = [&](std::string_view why) {
    return fail(Remedy::reject, "control.target_settled", fmt::format("{}: {}", to_text(id), why));
  };
  Control control;
  control.action = action_of(how);
  if (kind != EntryKind::ballot && kind != EntryKind::sheet) {
    return std::unexpected(
        no_conflict(to_text(id) + " is a decision: what was counted of it stands"));
  }
  if (how == Resolve::keep) {
    if (stands) return settled("what was sent later counts; --undo takes that back");
    control.kept = {kind, id, {}, leaf_hash(now.stands), leaf_hash(conflict.sent)};
    if (kind == EntryKind::sheet) {
      std::copy_n(conflict.sent.begin() + entry_head_bytes, control.kept.key.size(),
                  control.kept.key.begin());
    }
    if (now.kept.contains({control.kept.counted, control.kept.other})) {
      return settled("what counts was kept already");
    }
    return control;
  }
  if (kind != EntryKind::ballot || now.counted[1] != conflict.sent[1]) {
    return std::unexpected(
        no_conflict(fmt::format("{} is no ballot: a sheet is corrected or withdrawn by its next "
                                "version, and the conflict is kept",
                                to_text(id))));
  }
  if (now.is_void) return settled("the ballot is void; reinstate it first");
  if (stands && how == Resolve::supersede) return settled("what was sent later counts already");
  if (!stands && how == Resolve::undo) {
    return settled("what was sent later does not count, or was decided about since");
  }
  if (stands && now.below.empty()) return settled("what was sent later was put in nobody's place");
  control.target = now.stands;
  control.other = how == Resolve::undo ? now.below.back() : conflict.sent;
  return control;
}

}  // namespace

Control::Action action_of(Resolve how) {
  return how == Resolve::keep ? Control::Action::keep : Control::Action::supersede;
}

Result<std::map<Hash, SettledConflict>> settled_conflicts(const CountFile& count,
                                                          CountReader& store) {
  std::map<Hash, SettledConflict> settled;
  const auto read = for_each_decision(store, 0, [&](const DecisionRow& row) {
    const auto entry = row.about_stage() ? std::nullopt : read_control(row.entry, count.id);
    const Control* control = entry ? std::get_if<Control>(&entry->body) : nullptr;
    if (control == nullptr) return true;
    const bool keeps = control->action == Control::Action::keep;
    if (!keeps && control->action != Control::Action::supersede) return true;
    if (good_decisions().why_not(entry->id, *control, count, row.entry)) return true;
    if (keeps) {
      settled[control->kept.other] = {control->action, row.commit, false};
    } else {
      settled[leaf_hash(control->target)] = {control->action, row.commit, false};
      settled[leaf_hash(control->other)] = {control->action, row.commit, true};
    }
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return settled;
}

Result<Decision> new_conflict_decision(const CountFile& count, Store& store, Segments& segments,
                                       const std::vector<Conflict>& conflicts, Resolve how,
                                       const std::string& reason) {
  const Control::Action action = action_of(how);
  const auto now = count_now(count, store, action, reason);
  if (!now) return std::unexpected(now.error());
  if (conflicts.empty()) return std::unexpected(no_conflict("no conflict is named"));
  std::map<EntryId, std::uint16_t> ids;
  std::map<EntryId, Bytes> sent;
  for (const Conflict& conflict : conflicts) {
    const auto id = id_of(conflict.sent);
    if (!id) return std::unexpected(no_conflict("it is no entry"));
    ids[*id] = conflict.partition;
    const auto [other, is_first] = sent.emplace(*id, conflict.sent);
    if (!is_first && other->second != conflict.sent && how != Resolve::keep) {
      return std::unexpected(no_conflict(
          fmt::format("two of them are of one id, {}: only one content can count", to_text(*id))));
    }
  }
  const auto entries = entries_now(count, store, segments, ids);
  if (!entries) return std::unexpected(entries.error());
  Decision decision{count.id, action, reason, {}};
  std::set<Hash> told;  // The same content may have come several times.
  for (const Conflict& conflict : conflicts) {
    const EntryId id = *id_of(conflict.sent);
    const auto entry = entries->find(id);
    if (entry == entries->end()) {
      return std::unexpected(no_conflict(fmt::format("nothing was counted as {}", to_text(id))));
    }
    if (!told.insert(leaf_hash(conflict.sent)).second) continue;
    auto control = settle(conflict, id, entry->second, how);
    if (!control) return std::unexpected(control.error());
    control->reason = reason;
    decision.entries.push_back({new_decision_id(), std::move(*control)});
  }
  return decision;
}

}  // namespace teller
