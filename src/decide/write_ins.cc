#include "decide/write_ins.h"

#include <utility>

#include "count/count_ballot.h"
#include "log/segment.h"
#include "store/each_decision.h"

namespace teller {
namespace {

// What was decided about one ballot.
struct BallotDecided {
  std::vector<Superseding> superseded;
  bool is_void = false;
};

// Of the commits up to `upto`.
Result<std::map<EntryId, BallotDecided>> decided_about_ballots(const CountFile& count,
                                                               CountReader& store,
                                                               std::uint64_t upto) {
  std::map<EntryId, BallotDecided> decided;
  const auto read = for_each_decision(store, 0, [&](const DecisionRow& row) {
    if (row.commit > upto) return false;
    auto entry = row.about_stage() ? std::nullopt : read_control(row.entry, count.id);
    Control* control = entry ? std::get_if<Control>(&entry->body) : nullptr;
    if (control == nullptr || control->action == Control::Action::keep) return true;
    const auto id = control->target_id();
    if (!id) return true;
    BallotDecided& ballot = decided[*id];
    if (control->action == Control::Action::supersede) {
      ballot.superseded.push_back({std::move(control->target), std::move(control->other)});
    } else {
      ballot.is_void = control->action == Control::Action::void_ballot;
    }
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return decided;
}

bool is_ballot_entry(ByteView leaf) {
  return leaf.size() > 1 && leaf[1] == static_cast<std::uint8_t>(EntryKind::ballot);
}

void add_names(const StandingBallot& ballot, const Selection& selection, const Rules& rules,
               WriteIns& of_contest) {
  const bool overvoted = is_overvote(selection, rules);
  for (const std::string& name : selection.write_ins) {
    WriteInVotes& votes = name.empty() ? of_contest.unreadable : of_contest.names[name];
    ++(ballot.is_void ? votes.on_void : overvoted ? votes.in_overvotes : votes.votes);
  }
}

}  // namespace

Result<Ballot> read_ballot(const Definition& definition, ByteView bytes) {
  Entry entry;
  const auto wrong = decode(bytes, *definition.rules, definition.count->id, entry);
  Ballot* ballot = wrong ? nullptr : std::get_if<Ballot>(&entry.body);
  if (ballot == nullptr) {
    return fail(Remedy::stop, "segment.invalid",
                to_text(entry.id) + " was counted, and cannot be read as a ballot");
  }
  return std::move(*ballot);
}

Result<void> for_each_standing_ballot(
    const CountFile& count, CountReader& store, Segments& segments,
    const std::function<Result<void>(const StandingBallot&)>& each) {
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  const auto decided = decided_about_ballots(count, store, head->commit);
  if (!decided) return std::unexpected(decided.error());
  const auto steps = store.steps(0, head->commit);
  if (!steps) return std::unexpected(steps.error());
  for (const StepRow& step : *steps) {
    const auto bytes = segments.get(step.partition, step.number, step.segment);
    if (!bytes) return std::unexpected(bytes.error());
    const auto segment = decode_segment(*bytes, count.id);
    if (!segment) return std::unexpected(segment.error());
    for (const ByteView leaf : segment->leaves) {
      const auto id = is_ballot_entry(leaf) ? id_of(leaf) : std::nullopt;
      if (!id) continue;
      StandingBallot ballot{*id, leaf, {}, false};
      if (const auto about = decided->find(*id); about != decided->end()) {
        ballot.superseded = about->second.superseded;
        ballot.is_void = about->second.is_void;
        if (!ballot.superseded.empty()) ballot.bytes = ballot.superseded.back().after;
      }
      if (auto good = each(ballot); !good) return good;
    }
  }
  return {};
}

Result<std::vector<WriteIns>> write_ins_now(const Definition& definition, CountReader& store,
                                            Segments& segments) {
  std::vector<WriteIns> all(definition.rules->contests.size());
  auto read = for_each_standing_ballot(
      *definition.count, store, segments, [&](const StandingBallot& standing) -> Result<void> {
        const auto ballot = read_ballot(definition, standing.bytes);
        if (!ballot) return std::unexpected(ballot.error());
        for (const Selection& selection : ballot->selections) {
          add_names(standing, selection, *definition.rules, all[selection.contest.value]);
        }
        return {};
      });
  if (!read) return std::unexpected(read.error());
  return all;
}

}  // namespace teller
