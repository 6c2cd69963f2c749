#include "missing_steps.h"

#include <fmt/format.h>

namespace teller {

Result<std::vector<MissingStep>> missing_steps(CountReader& store, Segments& segments,
                                               std::uint16_t partition, std::size_t limit) {
  auto rows = store.partitions();
  if (!rows) return std::unexpected(std::move(rows).error());
  std::uint64_t last = 0;
  for (const PartitionRow& row : *rows)
    if (row.partition == partition) last = row.committed.number;

  std::vector<MissingStep> missing;
  Committed before;
  for (std::uint64_t number = 1; number <= last && missing.size() < limit; ++number) {
    auto step = store.step(partition, number);
    if (!step) return std::unexpected(std::move(step).error());
    if (!*step)
      return fail(Remedy::stop, "store.io",
                  fmt::format("partition {} is at step {}, and step {} is not in the store",
                              partition, last, number));
    const StepRow& row = **step;
    if (auto there = segments.get(partition, number, row.segment); !there) {
      if (there.error().code == Code("segments.io"))
        return std::unexpected(std::move(there).error());
      missing.push_back({before, row.to});
    }
    before = {.number = number, .position = row.to, .log_size = row.log_size, .root = row.root};
  }
  return missing;
}

}  // namespace teller
