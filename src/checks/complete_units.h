// Units that somebody declared complete, with how many cards they have: lines of the audit log (`teller
// complete`), which change no figure. And how many cards of theirs were counted, which check_count()
// holds against it.
//
//   complete    250 cards of city/north/1    of a unit the last line stands,
//   incomplete  city/north/1                 until this one takes it back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "store/audit_store.h"
#include "store/count_store.h"

namespace teller {

inline constexpr std::string_view audit_complete = "complete", audit_incomplete = "incomplete";
inline constexpr std::uint64_t declared_cards_max = 1'000'000'000;

// The subject of a line that declares `unit`, an id, complete.
[[nodiscard]] std::string complete_subject(std::string_view unit, std::uint64_t cards);

// Ascending by unit. Lines that cannot be read say nothing here: `audit verify` and the publisher name them. Errors: those of
// the store.
[[nodiscard]] Result<std::vector<CompleteUnit>> complete_units(const CountFile& count,
                                                               const Rules& rules,
                                                               AuditStore& store);

// Of one unit: the cards of its ballots, and of its result sheets those of the contest that most of them
// carry, all methods together.
struct CountedCards {
  std::int64_t cards = 0;
  bool whole = true;  // No sheet withholds its cards, or does not give them.
  bool any = false;   // Something was heard from it.
};
// One for each of `units`; `totals` are all of one snapshot.
[[nodiscard]] std::vector<CountedCards> counted_cards(const Rules& rules,
                                                      std::span<const TotalRow> totals,
                                                      std::span<const CompleteUnit> units);

}  // namespace teller
