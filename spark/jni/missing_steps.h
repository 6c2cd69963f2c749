// Which committed steps of a partition have lost their segment, so that they can be computed again
// from the journal.
//
// A step computed again from its own records on the state before it is the same bytes, so counting
// it once more (ExecutorCore::step) puts the segment back under the hash that the store names; what
// comes out otherwise lies beside it and harms nobody. Called by the driver, which has the store
// and the folder.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "count/step.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

struct MissingStep {
  Committed before;      // What it stands on; its own number is before.number + 1.
  std::uint64_t to = 0;  // Its records are [before.position, to).
};

// The first `limit` of them, ascending, which is the order in which they can be computed.
// Errors: those of CountReader::partitions and step; stop segments.io; stop store.io (the store
// does not have all the steps that it says it has).
[[nodiscard]] Result<std::vector<MissingStep>> missing_steps(CountReader& store, Segments& segments,
                                                             std::uint16_t partition,
                                                             std::size_t limit);

}  // namespace teller
