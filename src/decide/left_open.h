// What is left open of what was recorded: what certifying waits for, and what a canvass report lists.
#pragma once

#include <cstdint>
#include <limits>

#include "base/error.h"
#include "election/count_file.h"
#include "store/count_store.h"

namespace teller {

struct LeftOpen {
  std::uint64_t conflicts = 0,
                settled = 0;  // Those that no decision settles, and those that one does.
  std::uint64_t rejected = 0,
                anew = 0;    // Rejected entries; those that were recorded anew are no more.
  std::uint64_t halted = 0;  // Partitions.
};

// `snapshot` is one of `store`; of what was recorded, as of the commits up to `upto`. Errors: those of the store.
[[nodiscard]] Result<LeftOpen> left_open(
    const CountFile& count, CountReader& store, const Snapshot& snapshot,
    std::uint64_t upto = std::numeric_limits<std::uint64_t>::max());

}  // namespace teller
