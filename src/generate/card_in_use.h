// Which cards somebody can be given so that all of it is counted from ballots: what made-up ballots
// are cast on.
//
// Pure. No errors. Called by ballot_draw.cc and test_deck.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "election/rules.h"

namespace teller {

// Card `card` (from 1) of a style, by a voting method.
struct CardInUse {
  StyleId style;
  std::uint8_t card;
  MethodId method;
};

// In the order of the rules; empty when nothing is counted from ballots.
[[nodiscard]] std::vector<CardInUse> cards_in_use(const Rules& rules);

}  // namespace teller
