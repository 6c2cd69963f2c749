// The count done again from the log.
#pragma once

#include "count/partition.h"
#include "log/segment.h"

namespace teller {

// Counts the leaves of the segment that follows what `partition` has counted, as if they had just been recorded in this order,
// and settles it: nothing may be a duplicate, a conflict or a rejection. Whether the step is the committed one, the caller
// compares by number, root and the segment's hash. Not thread-safe.
// Errors: stop segment.invalid (what it holds cannot have been counted there); `partition` stays as it was.
[[nodiscard]] Result<Change> count_again(Partition& partition, const Segment& segment);

}  // namespace teller
