// What officers have decided, as one partition has it: the stage it stands at, the ballots that are
// void, and those that count by another content than the one in the log. In two layers, as all of a
// partition's state: what is committed, and above it what a step in the making adds.
//
// A step is an interval: whatever falls into it happens at once, and the order inside decides
// nothing. So a step's decisions about the stage come first, in the order of their numbers; the stage
// they end at holds for all ballots and sheets of the step; decisions about ballots come last, and at
// most one that changes something about each. Then the leaves of a step, in any order, give the step
// again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/hash.h"
#include "count/counted_ids.h"
#include "election/decisions.h"

namespace teller {

// A ballot that was decided about: which content of it stands, and whether that is void.
struct DecidedBallot {
  HalfHash stands{};  // Of the leaf that it would be.
  bool is_void = false;
};

// A conflict that was settled by what counts: the leaf hashes of what does, and of what does not.
using KeptConflict = std::pair<Hash, Hash>;

// By the id of a decision that was counted: of what its officers signed, the first half of the hash.
// Who signed is not in it: with another officer's signature beside the others it is the same decision.
using SignedTexts = std::map<EntryId, HalfHash>;

struct Decided {
  Stage stage = Stage::open;
  std::uint32_t number = 0;  // Of the last decision about the stage; 0: none.
  std::map<EntryId, DecidedBallot> ballots;
  std::set<KeptConflict> kept;
  SignedTexts texts;

  // Before anything was decided: a count with officers is in setup.
  [[nodiscard]] static Decided at_beginning(const CountFile& count);
};

// The first half of a leaf hash, as CountedIds has it.
[[nodiscard]] inline HalfHash half(const Hash& hash) {
  HalfHash result;
  std::copy_n(hash.begin(), result.size(), result.begin());
  return result;
}

[[nodiscard]] HalfHash signed_text(const EntryId& id, const Control& control, const CountId& count);

class StepDecisions {
 public:
  StepDecisions() = default;
  explicit StepDecisions(const Decided& committed)
      : stage_(committed.stage), number_(committed.number) {}

  [[nodiscard]] Stage stage() const { return stage_; }

  // Takes a decision about the stage, or says why not. `counted`: entries before the step.
  [[nodiscard]] std::optional<Reason> take_stage(const Control& control, std::uint64_t counted);
  // The same of one about an entry that was counted here, with `counted` in the log. What stands of it
  // is asked of what was so before the step: so two that meet in a step need no order.
  [[nodiscard]] std::optional<Reason> take_target(const Control& control, const EntryId& id,
                                                  const HalfHash& counted,
                                                  const Decided& committed);
  // After either of them: the decision is counted. `text` is its signed_text().
  void remember(const EntryId& id, const HalfHash& text) { texts_now_.emplace(id, text); }
  // Whether this decision was counted, with whichever signatures.
  [[nodiscard]] bool has(const EntryId& id, const HalfHash& text, const Decided& committed) const;

  void adopt_into(Decided& committed) const;

 private:
  Stage stage_ = Stage::open;
  std::uint32_t number_ = 0;
  std::map<EntryId, DecidedBallot> now_;  // Of those that the step decides about.
  std::set<KeptConflict> kept_now_;
  SignedTexts texts_now_;
};

// Takes what a committed step's leaves decided, in whatever order they come.
// False when they cannot have been decided in one step on top of `decided`.
class RestoredDecisions {
 public:
  // `text`: its signed_text().
  void add(const EntryId& id, const Control& control, const HalfHash& text);
  [[nodiscard]] bool adopt_into(Decided& decided) const;

 private:
  std::map<std::uint32_t, Control::Action> stages_;  // By number.
  struct Turn {
    HalfHash from{}, to{};  // What stood, and what stands.
    Control::Action action = Control::Action::void_ballot;
  };
  std::map<EntryId, Turn> turns_;
  std::map<KeptConflict, EntryId> kept_;
  SignedTexts texts_;
  bool twice_ = false;
};

}  // namespace teller
