// Whether totals are those that were signed: before they are printed, and before anything is signed
// on top of them.
//
// Cheap, and for what is damaged rather than forged: it holds the digest of what the store says
// against the last statement, if that one speaks of the same commit. Of what is newer nobody has
// said anything yet. `verify` says whether the statement itself is the one that was signed.
#pragma once

#include "base/error.h"
#include "base/hash.h"
#include "election/rules.h"
#include "store/count_store.h"
#include "store/statement_store.h"

namespace teller {

// `rules`: their hash. Errors: stop store.not_stated; those of the store.
[[nodiscard]] Result<void> check_stated(const Hash& rules, const Snapshot& snapshot,
                                        StatementStore& store);

// Every total is of a contest, an option or a counter of it, a unit and a method that the rules have. Whoever owns the store
// can write others, and nobody who reads them looks behind the end of a list. Errors: stop store.definition, which names
// the first.
[[nodiscard]] Result<void> check_keys(const Rules& rules, const Snapshot& snapshot);

// Both.
[[nodiscard]] Result<void> check_stated(const Rules& rules, const Snapshot& snapshot,
                                        StatementStore& store);

}  // namespace teller
