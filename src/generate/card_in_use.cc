#include "generate/card_in_use.h"

#include <algorithm>

namespace teller {

std::vector<CardInUse> cards_in_use(const Rules& rules) {
  std::vector<CardInUse> cards;
  for (std::uint32_t style = 0; style < rules.styles.size(); ++style) {
    for (std::size_t card = 0; card < rules.styles[style].cards.size(); ++card) {
      for (std::uint32_t method = 0; method < rules.methods.size(); ++method) {
        const auto& contests = rules.styles[style].cards[card].contests;
        if (std::ranges::all_of(contests, [&](ContestId contest) {
              return rules.counted_from(contest, MethodId{method}, CountedFrom::ballots);
            })) {
          cards.push_back({StyleId{style}, static_cast<std::uint8_t>(card + 1), MethodId{method}});
        }
      }
    }
  }
  return cards;
}

}  // namespace teller
