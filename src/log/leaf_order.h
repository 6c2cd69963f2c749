// The order in which leaves stand in a segment: ascending by their hash, so that nothing tells the
// order of arrival (schema/entry.md, "A segment").
//
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.h"

namespace teller {

// The places of `hashes` in ascending order of what stands there. At most 2^32 hashes.
[[nodiscard]] std::vector<std::uint32_t> leaf_order(std::span<const Hash> hashes);

}  // namespace teller
