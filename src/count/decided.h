// What officers have decided, as one partition has it: the stage it stands at and the ballots that
// are void. In two layers, as all of a partition's state: what is committed, and above it what a step
// in the making adds.
//
// A step is an interval: whatever falls into it happens at once, and the order inside decides
// nothing. So a step's decisions about the stage come first, in the order of their numbers; the stage
// they end at holds for all ballots and sheets of the step; decisions about ballots come last, and at
// most one about each. Then the leaves of a step, in any order, give the step again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "election/decisions.h"

namespace teller {

struct Decided {
  Stage stage = Stage::open;
  std::uint32_t number = 0;  // Of the last decision about the stage; 0: none.
  std::set<EntryId> voided;

  // Before anything was decided: a count with officers is in setup.
  [[nodiscard]] static Decided at_beginning(const CountFile& count);
};

class StepDecisions {
 public:
  StepDecisions() = default;
  explicit StepDecisions(const Decided& committed)
      : stage_(committed.stage), number_(committed.number) {}

  [[nodiscard]] Stage stage() const { return stage_; }

  // Takes a decision about the stage, or says why not. `counted`: entries before the step.
  [[nodiscard]] std::optional<Reason> take_stage(const Control& control, std::uint64_t counted);
  // The same of one about a ballot, which was counted here.
  [[nodiscard]] std::optional<Reason> take_ballot(const Control& control, const EntryId& ballot,
                                                  const Decided& committed);

  void adopt_into(Decided& committed) const;

 private:
  Stage stage_ = Stage::open;
  std::uint32_t number_ = 0;
  std::map<EntryId, bool> void_now_;  // Of those that the step decides about.
};

// Takes what a committed step's leaves decided, in whatever order they come.
// False when they cannot have been decided in one step on top of `decided`.
class RestoredDecisions {
 public:
  void add(const Control& control);
  [[nodiscard]] bool adopt_into(Decided& decided) const;

 private:
  std::map<std::uint32_t, Control::Action> stages_;  // By number.
  std::map<EntryId, bool> void_now_;
  bool twice_ = false;
};

}  // namespace teller
