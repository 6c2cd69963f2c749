#include "count/partition.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "count/count_ballot.h"
#include "count/counted_ids.h"
#include "count/decided.h"
#include "count/sheets.h"
#include "count/total_changes.h"
#include "log/leaf_order.h"
#include "log/merkle.h"
#include "log/segment.h"

namespace teller {
namespace {

// So many ids ahead their places are asked for from memory.
constexpr std::size_t ids_ahead = 16;

// Decisions among the entries of a step, in the order in which they are looked at.
struct DecisionRecords {
  std::vector<RecordedEntry> about_stage;    // By number; also what cannot be read.
  std::vector<RecordedEntry> about_ballots;  // As they came.
  [[nodiscard]] bool none() const { return about_stage.empty() && about_ballots.empty(); }
};

// None of a count that has no officers: there they are judged as they come, and rejected.
DecisionRecords decisions_of(const CountFile& count, std::span<const RecordedEntry> entries) {
  DecisionRecords decisions;
  if (count.officers.empty()) return decisions;
  std::vector<std::pair<std::uint32_t, RecordedEntry>> by_number;
  for (const RecordedEntry& entry : entries) {
    if (!is_control(entry.bytes)) continue;
    const auto read = read_control(entry.bytes, count.id);
    const Control* control = read ? std::get_if<Control>(&read->body) : nullptr;
    if (control != nullptr && !control->about_stage()) {
      decisions.about_ballots.push_back(entry);
    } else {
      by_number.emplace_back(control == nullptr ? 0 : control->number, entry);
    }
  }
  std::ranges::sort(by_number, {}, [](const auto& numbered) {
    const auto& [decision, entry] = numbered;
    return std::tuple(decision, entry.position, entry.index);
  });
  for (const auto& [number, entry] : by_number) decisions.about_stage.push_back(entry);
  return decisions;
}

}  // namespace

// What a step would add to the state, kept until the store says what became of it.
struct Overlay {
  Committed after;
  CompactRange log;
  Sheets sheets;
  StepDecisions decisions;
};

// A step while its records are read.
struct StepInProgress {
  Change change;
  Overlay overlay;
  TotalChanges totals;
  std::vector<Hash> leaves;     // Of what is counted,
  std::vector<ByteView> bytes;  // and its bytes.
};

struct Partition::State {
  const Rules* rules;
  const CountFile* count;
  std::uint16_t number;

  Committed at;
  CompactRange log;
  // With the ids of the overlay, which `open_ids` names: each is looked for and put in at one place
  // and in one go, and almost every step is committed. Beside each other (a set of the step's own,
  // and the state's when it was committed) it took three times as long.
  CountedIds seen;
  std::vector<EntryId> open_ids;
  Sheets sheets;
  Decided decided;
  std::optional<Overlay> overlay;
  Entry scratch, ballot_scratch;

  // Nothing of the step that was computed last stays.
  void drop_overlay() {
    seen.take_back(open_ids);
    open_ids.clear();
    overlay.reset();
  }

  // Judges one record of a step, and counts it when it is new.
  void take(const RecordedEntry& recorded, StepInProgress& making);
  // The same of one whose id was counted with `counted`; it is in `scratch`.
  void take_again(const RecordedEntry& recorded, const Hash& hash, const HalfHash& counted,
                  StepInProgress& making);
  // Why what can be read and is new is not counted all the same: the stage, the officers.
  [[nodiscard]] std::optional<Reason> not_now(const Entry& entry, StepInProgress& making);
  [[nodiscard]] std::optional<Reason> not_decided_here(const Entry& entry, const Control& control,
                                                       StepInProgress& making);
  void count_entry(const Entry& entry, ByteView bytes, StepInProgress& making);
  // Adds what a ballot of a decision counts to the totals of the step, or takes it away.
  void add_ballot(ByteView bytes, bool adds, TotalChanges& to);
  // What the records came to: the overlay is kept, the step is given.
  [[nodiscard]] Step finish(StepInProgress making);
};

Partition::Partition(const Rules& rules, const CountFile& count, std::uint16_t number)
    : state_(std::make_unique<State>()) {
  state_->rules = &rules;
  state_->count = &count;
  state_->number = number;
  state_->decided = Decided::at_beginning(count);
  check(number < count.partitions, "a partition is one of the count's");
}
Partition::~Partition() = default;
Partition::Partition(Partition&&) noexcept = default;
Partition& Partition::operator=(Partition&&) noexcept = default;

const Committed& Partition::at() const { return state_->at; }
std::uint64_t Partition::counted() const { return state_->seen.size() - state_->open_ids.size(); }

Result<void> Partition::settle(const Committed& committed) {
  State& state = *state_;
  if (state.overlay && state.overlay->after == committed) {
    Overlay& overlay = *state.overlay;
    state.open_ids.clear();  // They stay.
    state.sheets.adopt(std::move(overlay.sheets));
    overlay.decisions.adopt_into(state.decided);
    state.log = std::move(overlay.log);
    state.at = committed;
    state.overlay.reset();
    check(state.log.size() == committed.log_size && state.seen.size() == committed.log_size,
          "a partition has seen exactly what its log holds");
    return {};
  }
  state.drop_overlay();
  if (state.at == committed) return {};
  return fail(Remedy::abort, "count.behind",
              fmt::format("partition {} stands at step {}, the store at step {}", state.number,
                          state.at.number, committed.number));
}

Result<void> Partition::restore(ByteView bytes, std::uint64_t position) {
  State& state = *state_;
  state.drop_overlay();
  const auto segment = decode_segment(bytes, state.count->id);
  if (!segment) return std::unexpected(segment.error());
  const SegmentHead& head = segment->head;
  if (head.partition != state.number || head.number != state.at.number + 1 ||
      head.first_leaf != state.at.log_size || head.root_before != state.at.root) {
    return fail(Remedy::stop, "segment.out_of_chain",
                fmt::format("segment {} of partition {} does not follow step {}", head.number,
                            head.partition, state.at.number));
  }
  // A segment that lies leaves no trace.
  CompactRange log = state.log;
  for (const Hash& hash : segment->hashes) log.append(hash);
  const auto lies = [&](const std::string& what) {
    state.drop_overlay();
    return fail(Remedy::stop, "segment.invalid",
                fmt::format("segment {} of partition {}: {}", head.number, state.number, what));
  };
  if (log.root() != head.root_after) return lies("its leaves do not give its root");
  state.open_ids.reserve(segment->leaves.size());
  Sheets fresh;
  RestoredDecisions decisions;
  for (std::size_t i = 0; i < segment->leaves.size(); ++i) {
    if (i + ids_ahead < segment->leaves.size()) {
      if (const auto id = id_of(segment->leaves[i + ids_ahead])) state.seen.prefetch(*id);
    }
    if (const auto wrong =
            decode(segment->leaves[i], *state.rules, state.count->id, state.scratch)) {
      return lies("a leaf is no entry: " + std::string(code_of(*wrong)));
    }
    const EntryId id = state.scratch.id;
    if (state.seen.insert(id, half(segment->hashes[i])) != nullptr) {
      return lies("an id stands twice");
    }
    state.open_ids.push_back(id);
    if (const Sheet* sheet = std::get_if<Sheet>(&state.scratch.body)) {
      fresh.take(*sheet, &state.sheets);
    } else if (const Control* control = std::get_if<Control>(&state.scratch.body)) {
      decisions.add(id, *control, signed_text(id, *control, state.count->id));
    }
  }
  Decided decided = state.decided;
  if (!decisions.adopt_into(decided)) return lies("its decisions do not follow those before");
  state.open_ids.clear();  // They stay.
  state.sheets.adopt(std::move(fresh));
  state.decided = std::move(decided);
  state.log = std::move(log);
  state.at = {head.number, position, state.log.size(), head.root_after};
  return {};
}

Step Partition::step(std::uint64_t to, std::span<const RecordedEntry> entries) {
  State& state = *state_;
  const std::uint64_t from = state.at.position;
  check(from <= to, "a step never counts backwards");
  state.drop_overlay();

  StepInProgress making;
  making.change.count = state.count->id;
  making.change.partition = state.number;
  making.change.number = state.at.number + 1;
  making.change.from = from;
  making.change.to = to;
  state.open_ids.reserve(entries.size());
  making.leaves.reserve(entries.size());
  making.bytes.reserve(entries.size());

  making.overlay.decisions = StepDecisions(state.decided);

  const DecisionRecords decisions = decisions_of(*state.count, entries);
  for (const RecordedEntry& entry : decisions.about_stage) state.take(entry, making);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + ids_ahead < entries.size()) {
      if (const auto id = id_of(entries[i + ids_ahead].bytes)) state.seen.prefetch(*id);
    }
    const RecordedEntry& recorded = entries[i];
    check(recorded.position >= from && recorded.position < to &&
              (i == 0 || recorded.position > entries[i - 1].position ||
               (recorded.position == entries[i - 1].position &&
                recorded.index > entries[i - 1].index)),
          "a step gets its records whole and in order");
    if (decisions.none() || !is_control(recorded.bytes)) state.take(recorded, making);
  }
  for (const RecordedEntry& entry : decisions.about_ballots) state.take(entry, making);
  check(making.change.outcomes.recorded() == entries.size(),
        "recorded = counted + duplicate + conflict + rejected");
  return state.finish(std::move(making));
}

void Partition::State::take(const RecordedEntry& recorded, StepInProgress& making) {
  Change& change = making.change;
  const Hash hash = leaf_hash(recorded.bytes);
  Entry& entry = scratch;
  if (const auto wrong = decode(recorded.bytes, *rules, count->id, entry)) {
    ++change.outcomes.rejected;
    Incident incident{Outcome::rejected, *wrong, recorded.position, recorded.index, {}, hash, {}};
    if (const auto id = id_of(recorded.bytes)) incident.id = *id;
    change.incidents.push_back(incident);
    return;
  }
  // Without officers every ballot and sheet that is new is counted: one look at the set does for both.
  const bool may_be_rejected = !count->officers.empty() || is_control(recorded.bytes);
  const HalfHash* counted =
      may_be_rejected ? seen.find(entry.id) : seen.insert(entry.id, half(hash));
  if (counted != nullptr) return take_again(recorded, hash, *counted, making);
  if (const auto wrong = not_now(entry, making)) {
    ++change.outcomes.rejected;
    change.incidents.push_back(
        {Outcome::rejected, *wrong, recorded.position, recorded.index, entry.id, hash, {}});
    return;
  }
  if (may_be_rejected) {
    check(seen.insert(entry.id, half(hash)) == nullptr, "what was not found is new");
  }
  ++change.outcomes.counted;
  open_ids.push_back(entry.id);
  making.leaves.push_back(hash);
  making.bytes.push_back(recorded.bytes);
  count_entry(entry, recorded.bytes, making);
}

void Partition::State::take_again(const RecordedEntry& recorded, const Hash& hash,
                                  const HalfHash& counted, StepInProgress& making) {
  Change& change = making.change;
  if (counted == half(hash)) {
    ++change.outcomes.duplicate;
    return;
  }
  Incident incident{Outcome::conflict,
                    Reason::entry_conflict,
                    recorded.position,
                    recorded.index,
                    scratch.id,
                    hash,
                    counted};
  const Control* control = std::get_if<Control>(&scratch.body);
  if (control != nullptr) {
    // Of a decision nobody has to say which content is right: what was counted stands, and can be
    // undone. So it is the one that was counted, signed by others too, or none that can be taken.
    const auto wrong = not_decided(scratch.id, *control, *count);
    const HalfHash text = signed_text(scratch.id, *control, count->id);
    if (!wrong && making.overlay.decisions.has(scratch.id, text, decided)) {
      ++change.outcomes.duplicate;
      return;
    }
    incident.outcome = Outcome::rejected;
    incident.reason = wrong.value_or(Reason::entry_conflict);
    incident.counted = {};
  }
  ++(control == nullptr ? change.outcomes.conflict : change.outcomes.rejected);
  change.incidents.push_back(incident);
}

std::optional<Reason> Partition::State::not_now(const Entry& entry, StepInProgress& making) {
  if (const Control* control = std::get_if<Control>(&entry.body)) {
    return not_decided_here(entry, *control, making);
  }
  const Stage stage = making.overlay.decisions.stage();
  if (stage == Stage::setup) return Reason::count_not_open;
  if (stage == Stage::certified) return Reason::count_certified;
  return std::nullopt;
}

std::optional<Reason> Partition::State::not_decided_here(const Entry& entry, const Control& control,
                                                         StepInProgress& making) {
  if (const auto wrong = not_decided(entry.id, control, *count)) return wrong;
  if (control.about_stage()) {
    if (control.partition != number) return Reason::control_partition;
    return making.overlay.decisions.take_stage(control, at.log_size);
  }
  if (!allowed_at(making.overlay.decisions.stage(), control.action)) return Reason::control_stage;
  const auto id = control.target_id();
  check(id.has_value(), "decode() lets through no decision that is about nothing");
  const HalfHash* counted = seen.find(*id);
  if (counted == nullptr) return Reason::control_target;
  return making.overlay.decisions.take_target(control, *id, *counted, decided);
}

void Partition::State::count_entry(const Entry& entry, ByteView bytes, StepInProgress& making) {
  if (const Ballot* ballot = std::get_if<Ballot>(&entry.body)) {
    count_ballot(*rules, *ballot, making.totals);
    return;
  }
  if (const Sheet* sheet = std::get_if<Sheet>(&entry.body)) {
    making.overlay.sheets.count(*sheet, &sheets, making.totals, making.change.decreases);
    return;
  }
  const Control* control = std::get_if<Control>(&entry.body);
  check(control != nullptr, "an entry that decode() lets through can be counted");
  making.change.decisions.emplace_back(bytes.begin(), bytes.end());
  making.overlay.decisions.remember(entry.id, signed_text(entry.id, *control, count->id));
  if (control->about_stage() || control->action == Control::Action::keep) return;
  add_ballot(control->target, control->action == Control::Action::reinstate, making.totals);
  if (control->action == Control::Action::supersede)
    add_ballot(control->other, true, making.totals);
}

void Partition::State::add_ballot(ByteView bytes, bool adds, TotalChanges& to) {
  const auto wrong = decode(bytes, *rules, count->id, ballot_scratch);
  check(!wrong, "decode() lets through no decision about what is no ballot");
  TotalChanges by;
  count_ballot(*rules, std::get<Ballot>(ballot_scratch.body), by);
  for (const TotalChange& change : by.finish()) {
    if (adds) {
      to.at(change.key) += change.by;
    } else {
      to.at(change.key) -= change.by;
    }
  }
}

Step Partition::State::finish(StepInProgress making) {
  Change& change = making.change;
  // The order of arrival ends here.
  making.overlay.log = log;
  std::vector<ByteView> bytes;
  bytes.reserve(making.leaves.size());
  const std::vector<std::uint32_t> order = leaf_order(making.leaves);
  constexpr std::size_t ahead = 8;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + ahead < order.size()) {
      __builtin_prefetch(&making.leaves[order[i + ahead]]);
      __builtin_prefetch(&making.bytes[order[i + ahead]]);
    }
    making.overlay.log.append(making.leaves[order[i]]);
    bytes.push_back(making.bytes[order[i]]);
  }

  std::ranges::sort(change.incidents, {}, [](const Incident& incident) {
    return std::pair(incident.position, incident.index);
  });
  // As of the leaves, the order in which decisions about ballots came is told to nobody.
  const auto ballots = std::ranges::find_if(change.decisions, [&](const Bytes& entry) {
    const auto read = read_control(entry, count->id);
    return !std::get<Control>(read->body).about_stage();
  });
  std::ranges::sort(ballots, change.decisions.end(), {},
                    [](const Bytes& entry) { return leaf_hash(entry); });
  change.totals = making.totals.finish();
  change.log_size = making.overlay.log.size();
  change.root = making.overlay.log.root();
  check(change.log_size == at.log_size + change.outcomes.counted,
        "every counted entry is one leaf");
  const SegmentHead head{
      count->id, number,     change.number, at.log_size, static_cast<std::uint32_t>(bytes.size()),
      at.root,   change.root};
  Step step;
  step.segment = encode_segment(head, bytes);
  change.segment = step.segment_hash = sha256(step.segment);
  step.change = encode(change);
  making.overlay.after = change.after();
  overlay = std::move(making.overlay);
  return step;
}

}  // namespace teller
