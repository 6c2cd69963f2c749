// The imagined night in which results come in: which unit when, and which keys its entries have.
//
// All of it depends on the import's secret (32 bytes, import_secret()) and on the results only: the
// same again gives the same order and keys, and without the secret neither can be told. A secret of
// another length is our own mistake (check). Called by write_sheets.cc and write_ballots.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "election/rules.h"
#include "results/import.h"

namespace teller {

// A key, or a seed for SeededRandom, for the purpose that `text` names.
[[nodiscard]] Hash derived_key(ByteView secret, std::string_view text);
[[nodiscard]] std::uint64_t derived_seed(ByteView secret, std::string_view text);

// The rows cut by unit, in the order in which the units come in: one that has few votes to count
// is rather early, and each works at its own pace. The spans are of `results.rows`.
[[nodiscard]] std::vector<std::span<const BoundResults::Row>> by_arrival(
    const BoundResults& results, ByteView secret);

// Checks that the rules count everything in `results` from this kind of entry.
// Errors: reject import.counted_from.
[[nodiscard]] Result<void> check_counted_from(const BoundResults& results, const Rules& rules,
                                              CountedFrom from);

}  // namespace teller
