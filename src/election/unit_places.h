// Where each reporting unit stands in the tree of units: what stores keep of it and sinks print.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "election/rules.h"

namespace teller {

struct UnitPlace {
  std::uint32_t depth = 0;    // 0 of a unit without a parent.
  std::optional<UnitId> top;  // The unit of depth 1 above it or itself; none at depth 0.
};

// By unit.
[[nodiscard]] std::vector<UnitPlace> unit_places(const Rules& rules);

}  // namespace teller
