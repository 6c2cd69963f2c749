// Draws the made-up ballots: where each was cast, on which card, and what is marked on it.
//
// A ballot depends on the seed, its number, the shares and the rules only, never on what was drawn
// before. Every ballot drawn is one that the rules let in. Not thread-safe. No errors: has_ballots()
// first. Called by generate.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "election/entry.h"
#include "election/rules.h"
#include "generate/card_in_use.h"
#include "generate/generate.h"
#include "generate/weighted_draw.h"

namespace teller {

class BallotDraw {
 public:
  // `rules` and `options` outlive this.
  BallotDraw(const Rules& rules, const GenerateOptions& options);

  // Whether the rules have a card whose contests are all counted from ballots.
  [[nodiscard]] bool has_ballots() const { return !cards_.empty(); }

  // Overwrites `entry` with ballot `number`; another variant has other marks under the same id.
  void draw(std::uint64_t number, std::uint64_t variant, Entry& entry) const;

 private:
  [[nodiscard]] EntryId id_of(std::uint64_t number) const;
  void mark(ContestId id, SeededRandom& random, Selection& out) const;
  void mark_ranks(ContestId id, double fate, SeededRandom& random, Selection& out) const;
  void pick(ContestId contest, std::size_t wanted, SeededRandom& random,
            std::vector<OptionId>& out) const;

  const Rules& rules_;
  const GenerateOptions& options_;
  std::vector<UnitId> leaves_;  // Units that no other is in.
  std::vector<CardInUse> cards_;
  std::optional<WeightedDraw> draw_unit_, draw_card_;  // Of leaves_ and cards_.
  std::vector<WeightedDraw> draw_option_;              // By contest.
  Hash id_key_{};
};

}  // namespace teller
