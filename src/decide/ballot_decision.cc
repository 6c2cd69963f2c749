#include "decide/ballot_decision.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "decide/count_now.h"
#include "decide/decision_id.h"
#include "log/segment.h"
#include "store/each_decision.h"

namespace teller {
namespace {

// The bytes of entries that were counted, by id.
Result<std::map<EntryId, EntryNow>> counted_entries(const CountFile& count, CountReader& store,
                                                    Segments& segments,
                                                    std::map<EntryId, std::uint16_t> wanted) {
  std::map<EntryId, EntryNow> found;
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  const auto steps = store.steps(0, head->commit);
  if (!steps) return std::unexpected(steps.error());
  std::set<std::uint16_t> partitions;
  for (const auto& [id, partition] : wanted) partitions.insert(partition);
  for (const StepRow& step : *steps) {
    if (wanted.empty()) break;
    if (!partitions.contains(step.partition)) continue;
    const auto bytes = segments.get(step.partition, step.number, step.segment);
    if (!bytes) return std::unexpected(bytes.error());
    const auto segment = decode_segment(*bytes, count.id);
    if (!segment) return std::unexpected(segment.error());
    for (const ByteView leaf : segment->leaves) {
      const auto id = id_of(leaf);
      const auto is = id ? wanted.find(*id) : wanted.end();
      if (is == wanted.end() || is->second != step.partition) continue;
      const Bytes counted(leaf.begin(), leaf.end());
      found[*id] = {counted, counted, {}, false, {}};
      wanted.erase(is);
    }
  }
  return found;
}

void decide(const Control& control, EntryNow& entry) {
  if (control.action == Control::Action::keep) {
    entry.kept.emplace(control.kept.counted, control.kept.other);
    return;
  }
  entry.is_void = control.action == Control::Action::void_ballot;
  if (control.action != Control::Action::supersede) return;
  if (!entry.below.empty() && entry.below.back() == control.other) {
    entry.below.pop_back();
  } else {
    entry.below.push_back(control.target);
  }
  entry.stands = control.other;
}

bool is_ballot(const EntryNow& entry) {
  return entry.counted[1] == static_cast<std::uint8_t>(EntryKind::ballot);
}

// What of a decision may be about some of what was named: "2 of 5 are void already: …".
std::string named_in_words(const std::vector<EntryId>& some, std::size_t of, const char* what) {
  std::vector<std::string> shown;
  for (const EntryId& id : std::span(some).first(std::min<std::size_t>(some.size(), 3))) {
    shown.push_back(to_text(id));
  }
  return fmt::format("{} of {} {}: {}{}", grouped(some.size()), grouped(of), what,
                     fmt::join(shown, ", "), some.size() > shown.size() ? " …" : "");
}

const char* settled_words(Control::Action action) {
  return action == Control::Action::void_ballot ? "are void already" : "are not void";
}

}  // namespace

Result<std::map<EntryId, EntryNow>> entries_now(const CountFile& count, CountReader& store,
                                                Segments& segments,
                                                const std::map<EntryId, std::uint16_t>& ids) {
  auto now = counted_entries(count, store, segments, ids);
  if (!now) return now;
  const auto read = for_each_decision(store, 0, [&](const DecisionRow& row) {
    const auto entry = row.about_stage() ? std::nullopt : read_control(row.entry, count.id);
    const Control* control = entry ? std::get_if<Control>(&entry->body) : nullptr;
    if (control == nullptr) return true;
    const auto id = control->target_id();
    const auto found = id ? now->find(*id) : now->end();
    if (found != now->end()) decide(*control, found->second);
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return now;
}

Result<BallotsFound> find_ballots(const CountFile& count, CountReader& store, Segments& segments,
                                  Control::Action action, const std::vector<EntryId>& ids,
                                  const std::vector<EntryId>& elsewhere) {
  std::map<EntryId, std::uint16_t> wanted;
  for (const EntryId& id : ids) {
    wanted[id] = partition_of(Entry{id, Ballot{}}, count.partitions);
  }
  auto now = entries_now(count, store, segments, wanted);
  if (!now) return std::unexpected(now.error());
  const bool to_void = action == Control::Action::void_ballot;
  BallotsFound found;
  for (const auto& [id, partition] : wanted) {
    const auto ballot = now->find(id);
    if (ballot == now->end() || !is_ballot(ballot->second)) {
      found.absent.push_back(id);
    } else if (ballot->second.is_void == to_void) {
      found.settled.push_back(id);
    } else if (std::ranges::binary_search(elsewhere, id)) {
      found.elsewhere.push_back(id);
    } else {
      found.ballots.emplace(id, std::move(ballot->second.stands));
    }
  }
  return found;
}

std::string to_words(const BallotsFound& found, Control::Action action) {
  const bool to_void = action == Control::Action::void_ballot;
  std::string words = fmt::format("{} named: {} {}", grouped(found.named()),
                                  grouped(found.ballots.size()), to_void ? "counted" : "void");
  const auto add = [&](const std::vector<EntryId>& some, const char* what) {
    if (!some.empty()) words += fmt::format(", {} {}", grouped(some.size()), what);
  };
  add(found.absent, "absent (no ballot with this id was counted)");
  add(found.settled, to_void ? "void already" : "not void");
  add(found.elsewhere, "from another batch or sender too");
  return words;
}

Result<Decision> new_ballot_decision(const CountFile& count, Store& store,
                                     const BallotsFound& found, const DecisionAsked& asked,
                                     bool found_only) {
  const auto now = count_now(count, store, asked.action, asked.reason);
  if (!now) return std::unexpected(now.error());
  if (!found.all() && (!found_only || found.ballots.empty())) {
    const bool is_settled = found.absent.empty() && found.elsewhere.empty();
    std::vector<std::string> why;
    const auto add = [&](const std::vector<EntryId>& some, const char* what) {
      if (!some.empty()) why.push_back(named_in_words(some, found.named(), what));
    };
    add(found.absent, "are no ballots that were counted here");
    add(found.settled, settled_words(asked.action));
    add(found.elsewhere, "came from another batch or sender too");
    return fail(Remedy::reject,
                is_settled ? Code("control.target_settled") : Code("decision.no_ballot"),
                fmt::format("{}{}", fmt::join(why, "; "),
                            found.ballots.empty() ? "" : ". --found-only decides about the rest"));
  }
  Control control;
  control.action = asked.action;
  control.reason = asked.reason;
  Decision decision{count.id, asked.action, asked.reason, {}};
  for (const auto& [id, ballot] : found.ballots) {
    control.target = ballot;
    decision.entries.push_back({new_decision_id(), control});
  }
  return decision;
}

}  // namespace teller
