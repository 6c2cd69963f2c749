// Whether totals that no statement speaks of yet follow from the log: before the next statement is made of them.
//
// What was stated is held by its digest (stated.h). Of the steps behind it nobody has said anything, and whoever owns the
// store can change its totals meanwhile; their leaves stand in segments, which the store does not hold. So the steps behind
// the last statement are counted again, and what they add is taken from the totals: the rest must have the digest that was
// stated. Where that statement is missing, or where what an entry adds depends on those before it (result sheets, decisions),
// everything is counted again from the first step.
//
// It takes in good faith what `verify` holds against the checkpoints: the list of steps, and that no id stands twice.
#pragma once

#include "base/error.h"
#include "election/definition.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// `snapshot` is one of `store`. Nothing is read where nothing was committed since the last statement.
// Errors: stop store.not_stated (the totals are others), log.broken (a segment is not that of its step); retry
// publish.log_away (a segment is missing or damaged; who counts makes it again from the journal); those of the store.
[[nodiscard]] Result<void> check_unstated(const Definition& definition, const Snapshot& snapshot,
                                          Store& store, Segments& segments);

}  // namespace teller
