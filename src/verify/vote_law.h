// Check 13: do the votes go with the cards? Pure.
//
// Of each unit, contest and method: votes + undervotes + overvotes (+ exhausted) = votes allowed ×
// (cards - blank - invalid). Ballots must balance. A sheet is held to it as far as its figures are
// known: one that gives all of them must balance too; of another, what it gives may not be more
// than its cards can carry, and no option may have more votes than cards. One that gives no cards,
// or nothing to hold against them, cannot be checked, and is counted as that. Of sheets the view
// pub_sheet_checks says the same to people (schema/sql), and a test holds it to this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "election/rules.h"
#include "store/count_store.h"

namespace teller {

struct VoteLaw {
  std::vector<std::string> wrong;  // A sentence a place.
  // Sheets, by how much of them could be held against their cards; wrong ones are among them.
  std::uint64_t sheets_in_full = 0, sheets_in_part = 0, sheets_not = 0;
  std::uint64_t ballots = 0;  // Places that were counted from ballots: all of them can be held.
  // Otherwise nothing was there to hold, which is no good law.
  [[nodiscard]] bool anything_held() const { return ballots + sheets_in_full + sheets_in_part > 0; }
};

[[nodiscard]] VoteLaw against_vote_law(const Rules& rules, const std::vector<TotalRow>& totals);

// "result sheets against their cards: 12 in full, 3 as far as they say, 1 cannot be checked"; empty
// where there are none.
[[nodiscard]] std::string sheets_in_words(const VoteLaw& law);

}  // namespace teller
