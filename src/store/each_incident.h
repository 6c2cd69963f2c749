// All incidents of a store, however many there are: the one loop over the pages that the port gives.
#pragma once

#include <cstdint>
#include <functional>

#include "store/count_store.h"

namespace teller {

constexpr std::uint64_t incidents_a_page = 10'000;

// Calls `each` for every incident of the commits after `after_commit`, by commit and place. Commits
// that come meanwhile may be among them: who speaks of one commit leaves out what is later.
//
// Errors: those of CountReader::incidents(); what was read before it has been passed on.
[[nodiscard]] Result<void> for_each_incident(CountReader& store, std::uint64_t after_commit,
                                             const std::function<void(const IncidentRow&)>& each,
                                             std::uint64_t page = incidents_a_page);

}  // namespace teller
