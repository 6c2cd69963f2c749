// The digest: one hash that says what was counted and nothing about how. Equal in both forms, for
// any number of partitions and any cutting into steps.
//
//   SHA-256( "teller digest 1\n"  rules hash (32)
//            { contest (u16)  slot (u16)  unit (u32)  method (u8)  value (u64) } … )
//
// over the totals in ascending order of (contest, slot, unit, method), all little-endian. A zero
// and an unknown are left out; a withheld figure has the value 2^64 - 2. Count id, mode,
// partitions, key, step policy, presentation, commits and outcome counters have no part in it.
//
// Pure; safe from any thread.
#pragma once

#include <span>

#include "base/hash.h"
#include "store/count_store.h"

namespace teller {

[[nodiscard]] Hash digest_of(const Hash& rules, std::span<const TotalRow> totals);

}  // namespace teller
