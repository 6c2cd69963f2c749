// How the state of a partition is recovered: from the segments that the store has committed.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "count/partition.h"
#include "log/segments.h"

namespace teller {

// Brings `partition` from where it stands to `committed` by walking the chain of segments back
// from the committed root and then forward again. The one way a state is recovered, in every host.
// Errors: stop segments.missing (name of the step; the caller may compute it again from the
// journal), and those of Segments.
[[nodiscard]] Result<void> roll_forward(Partition& partition, Segments& segments,
                                        std::uint16_t number, const Committed& committed);

}  // namespace teller
