#include "count/decided.h"

#include "base/check.h"

namespace teller {

Decided Decided::at_beginning(const CountFile& count) {
  return {count.officers.empty() ? Stage::open : Stage::setup, 0, {}};
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

std::optional<Reason> StepDecisions::take_ballot(const Control& control, const EntryId& ballot,
                                                 const Decided& committed) {
  check(allowed_at(stage_, control.action), "a decision about a ballot is made when it may be");
  const bool to_void = control.action == Control::Action::void_ballot;
  if (committed.voided.contains(ballot) == to_void || void_now_.contains(ballot)) {
    return Reason::control_target_settled;
  }
  void_now_[ballot] = to_void;
  return std::nullopt;
}

void StepDecisions::adopt_into(Decided& committed) const {
  committed.stage = stage_;
  committed.number = number_;
  for (const auto& [ballot, is_void] : void_now_) {
    if (is_void) {
      committed.voided.insert(ballot);
    } else {
      committed.voided.erase(ballot);
    }
  }
}

void RestoredDecisions::add(const Control& control) {
  if (control.about_stage()) {
    twice_ = !stages_.emplace(control.number, control.action).second || twice_;
    return;
  }
  const auto ballot = id_of(control.target);
  check(ballot.has_value(), "decode() lets through no decision without a ballot");
  const bool to_void = control.action == Control::Action::void_ballot;
  twice_ = !void_now_.emplace(*ballot, to_void).second || twice_;
}

bool RestoredDecisions::adopt_into(Decided& decided) const {
  if (twice_) return false;
  for (const auto& [number, action] : stages_) {
    if (number != decided.number + 1 || !allowed_at(decided.stage, action)) return false;
    decided.number = number;
    decided.stage = stage_after(decided.stage, action);
  }
  for (const auto& [ballot, to_void] : void_now_) {
    const bool moved =
        to_void ? decided.voided.insert(ballot).second : decided.voided.erase(ballot) > 0;
    if (!moved) return false;
  }
  return true;
}

}  // namespace teller
