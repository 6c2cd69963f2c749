// Result sheets of a unit beside those of units in it, in one contest and with one method: a county's
// sheet and its precincts'. Both are in every sum, and mostly the one is the sum of the others.
//
// A delivery is never taken so (deliver/plan.h); entries that come by other ways are (teller load,
// POST /v1/entries), for neither who takes them nor a partition knows what stands elsewhere.
//
// Pure. Asked by the checks, by `teller totals` and by verify.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "election/rules.h"
#include "publish/figures.h"
#include "store/count_store.h"

namespace teller {

struct TwoLevels {
  UnitId above{};
  MethodId method{};
  std::vector<UnitId> below;  // Units in it that report too, ascending.
  // What both give: votes, or where neither gives those beside the other, a counter (slot.h).
  bool votes = true;
  std::uint16_t counter = 0;
  std::int64_t in_above = 0, in_below = 0;
};

// By the unit above and the method. Ballots are of one unit each, and never here.
[[nodiscard]] std::vector<TwoLevels> two_levels(const Rules& rules, ContestId contest,
                                                const ContestFigures& figures);

// "Ash, Mayor: 300 votes, and 2 units in it (Place P01, Place P02) have 290: both are in the sum, 590".
[[nodiscard]] std::string in_words(const TwoLevels& levels, const Rules& rules, ContestId contest);

// The same of all contests: `totals` are all of one snapshot.
[[nodiscard]] std::vector<std::string> two_levels_in_words(const Rules& rules,
                                                           std::span<const TotalRow> totals);

}  // namespace teller
