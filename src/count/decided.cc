#include "count/decided.h"

#include "base/check.h"
#include "base/hash.h"
#include "log/merkle.h"

namespace teller {
namespace {

Hash leaf_it_is_about(const Control& control) {
  return control.action == Control::Action::keep ? control.kept.counted : leaf_hash(control.target);
}

KeptConflict conflict_of(const Control& keep) { return {keep.kept.counted, keep.kept.other}; }

// What becomes of a ballot by a decision that may be made about it.
DecidedBallot after(const DecidedBallot& ballot, const Control& control) {
  if (control.action == Control::Action::supersede) {
    return {half(leaf_hash(control.other)), ballot.is_void};
  }
  return {ballot.stands, control.action == Control::Action::void_ballot};
}

}  // namespace

Decided Decided::at_beginning(const CountFile& count) {
  return {count.officers.empty() ? Stage::open : Stage::setup, 0, {}, {}, {}};
}

HalfHash signed_text(const EntryId& id, const Control& control, const CountId& count) {
  return half(sha256(signed_bytes(id, control, count)));
}

std::optional<Reason> StepDecisions::take_stage(const Control& control, std::uint64_t counted) {
  if (control.number != number_ + 1 || !allowed_at(stage_, control.action)) {
    return Reason::control_stage;
  }
  if (control.action == Control::Action::certify && control.certified.entries != counted) {
    return Reason::control_certified_other;
  }
  number_ = control.number;
  stage_ = stage_after(stage_, control.action);
  return std::nullopt;
}

std::optional<Reason> StepDecisions::take_target(const Control& control, const EntryId& id,
                                                 const HalfHash& counted,
                                                 const Decided& committed) {
  check(allowed_at(stage_, control.action), "a decision about a ballot is made when it may be");
  const auto before = committed.ballots.find(id);
  const DecidedBallot ballot =
      before == committed.ballots.end() ? DecidedBallot{counted, false} : before->second;
  if (ballot.stands != half(leaf_it_is_about(control))) return Reason::control_target;
  // What is kept changes nothing, so that only another one like it can be in its way.
  if (control.action == Control::Action::keep) {
    const KeptConflict conflict = conflict_of(control);
    const bool is_new = !committed.kept.contains(conflict) && kept_now_.insert(conflict).second;
    return is_new ? std::nullopt : std::optional(Reason::control_target_settled);
  }
  if (ballot.is_void != (control.action == Control::Action::reinstate) || now_.contains(id)) {
    return Reason::control_target_settled;
  }
  now_[id] = after(ballot, control);
  return std::nullopt;
}

bool StepDecisions::has(const EntryId& id, const HalfHash& text, const Decided& committed) const {
  const auto is_in = [&](const SignedTexts& texts) {
    const auto counted = texts.find(id);
    return counted != texts.end() && counted->second == text;
  };
  return is_in(texts_now_) || is_in(committed.texts);
}

void StepDecisions::adopt_into(Decided& committed) const {
  committed.stage = stage_;
  committed.number = number_;
  committed.texts.insert(texts_now_.begin(), texts_now_.end());
  for (const auto& [id, ballot] : now_) committed.ballots[id] = ballot;
  committed.kept.insert(kept_now_.begin(), kept_now_.end());
}

void RestoredDecisions::add(const EntryId& decision, const Control& control, const HalfHash& text) {
  texts_.emplace(decision, text);
  if (control.about_stage()) {
    twice_ = !stages_.emplace(control.number, control.action).second || twice_;
    return;
  }
  const auto id = control.target_id();
  check(id.has_value(), "decode() lets through no decision that is about nothing");
  if (control.action == Control::Action::keep) {
    twice_ = !kept_.emplace(conflict_of(control), *id).second || twice_;
    return;
  }
  const HalfHash from = half(leaf_it_is_about(control));
  const DecidedBallot to = after({from, false}, control);
  twice_ = !turns_.emplace(*id, Turn{from, to.stands, control.action}).second || twice_;
}

bool RestoredDecisions::adopt_into(Decided& decided) const {
  if (twice_) return false;
  decided.texts.insert(texts_.begin(), texts_.end());
  for (const auto& [number, action] : stages_) {
    if (number != decided.number + 1 || !allowed_at(decided.stage, action)) return false;
    decided.number = number;
    decided.stage = stage_after(decided.stage, action);
  }
  // Before the step's other decisions: what is kept is what stood before it.
  for (const auto& [conflict, id] : kept_) {
    const auto ballot = decided.ballots.find(id);
    if (ballot != decided.ballots.end() && ballot->second.stands != half(conflict.first)) {
      return false;
    }
    if (!decided.kept.insert(conflict).second) return false;
  }
  for (const auto& [id, turn] : turns_) {
    // A ballot of which nothing was decided yet stands as the partition's ids have it.
    DecidedBallot& ballot =
        decided.ballots.try_emplace(id, DecidedBallot{turn.from, false}).first->second;
    if (ballot.stands != turn.from ||
        ballot.is_void != (turn.action == Control::Action::reinstate)) {
      return false;
    }
    ballot = {turn.to, turn.action == Control::Action::void_ballot};
  }
  return true;
}

}  // namespace teller
