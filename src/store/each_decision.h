// All decisions about ballots and stages that a store has counted, however many there are.
#pragma once

#include <cstdint>
#include <functional>

#include "store/count_store.h"

namespace teller {

// Calls `each` for every decision of the commits after `after_commit`, in their order, until it says false.
//
// Errors: those of CountReader::decisions; what was read before has been passed on.
[[nodiscard]] Result<void> for_each_decision(CountReader& store, std::uint64_t after_commit,
                                             const std::function<bool(const DecisionRow&)>& each);

}  // namespace teller
