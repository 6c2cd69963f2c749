// Whether totals are those that were signed: before they are printed, and before anything is signed
// on top of them.
//
// Cheap, and for what is damaged rather than forged: it holds the digest of what the store says
// against the last statement, if that one speaks of the same commit. Of what is newer nobody has
// said anything yet. `verify` says whether the statement itself is the one that was signed.
#pragma once

#include "base/error.h"
#include "base/hash.h"
#include "store/count_store.h"
#include "store/statement_store.h"

namespace teller {

// `rules`: their hash. Errors: stop store.not_stated; those of the store.
[[nodiscard]] Result<void> check_stated(const Hash& rules, const Snapshot& snapshot,
                                        StatementStore& store);

}  // namespace teller
