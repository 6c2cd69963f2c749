// The id of a decision's entry: drawn, as that of a ballot.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/random.h"
#include "election/entry.h"

namespace teller {

[[nodiscard]] inline EntryId new_decision_id() {
  std::array<std::uint8_t, 16> bytes{};
  const auto random = random_bytes();
  std::copy_n(random.begin(), bytes.size(), bytes.begin());
  return make_uuid(bytes, 4);
}

}  // namespace teller
