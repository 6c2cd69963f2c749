// What a decision about ballots does to totals, from its file and the rules alone: for the officer who signs it and has
// not made it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "decide/decision.h"
#include "election/rules.h"

namespace teller {

struct DecisionMoves {
  std::map<std::pair<ContestId, std::uint16_t>, std::int64_t>
      by;                        // A contest and a slot of it; none is 0.
  std::uint64_t in_several = 0;  // Ballots whose two contents differ in more than one contest.
  std::uint64_t unreadable = 0;  // Ballots that these rules do not let in: nothing is said of them.
};
// Of a void, a reinstatement and a superseding; of others nothing moves. If every ballot counts as the decision names it:
// the count itself holds that.
[[nodiscard]] DecisionMoves moves_of(const Decision& decision, const Rules& rules);

}  // namespace teller
