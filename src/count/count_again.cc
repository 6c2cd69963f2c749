#include "count/count_again.h"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace teller {

Result<Change> count_again(Partition& partition, const Segment& segment) {
  const std::uint64_t position = partition.at().position;
  std::vector<RecordedEntry> entries;
  entries.reserve(segment.leaves.size());
  for (const ByteView leaf : segment.leaves) {
    entries.push_back({position, static_cast<std::uint32_t>(entries.size()), leaf});
  }
  const Step again = partition.step(position + (entries.empty() ? 0 : 1), entries);
  auto change = decode_change(again.change);
  if (!change) return change;
  if (change->outcomes.counted != entries.size()) {
    return fail(
        Remedy::stop, "segment.invalid",
        fmt::format("of {} leaves {} can be counted", entries.size(), change->outcomes.counted));
  }
  if (auto settled = partition.settle(change->after()); !settled) {
    return std::unexpected(settled.error());
  }
  return change;
}

}  // namespace teller
