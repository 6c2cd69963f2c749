// How a ballot becomes numbers.
#pragma once

#include "count/total_changes.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

// Adds a ballot and holds the law: votes + undervotes + overvotes = votes allowed × cards that
// carry the contest, without those that are blank or invalid as a whole.
// `ballot` was let through by decode() with these `rules`. Each rule of it has a page in tests/decks.
void count_ballot(const Rules& rules, const Ballot& ballot, TotalChanges& totals);

// More marks and names than the contest allows votes: none of them counts.
[[nodiscard]] bool is_overvote(const Selection& selection, const Rules& rules);

}  // namespace teller
