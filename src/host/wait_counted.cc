#include "host/wait_counted.h"

#include <thread>
#include <vector>

#include <fmt/format.h>

namespace teller {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds ask_every{50};

}  // namespace

Result<void> wait_counted(const WaitCounted& what) {
  std::vector<Position> ends;
  for (std::uint16_t partition = 0; partition < what.partitions; ++partition) {
    const auto end = what.journal->end(partition);
    if (!end) return std::unexpected(end.error());
    ends.push_back(*end);
  }
  const auto began = SteadyClock::now();
  auto moved = began;
  std::uint64_t sum_before = 0;
  while (true) {
    const auto rows = what.store->partitions();
    if (!rows) return std::unexpected(rows.error());
    const PartitionRow* behind = nullptr;
    std::uint64_t sum = 0;
    for (const PartitionRow& row : *rows) {
      sum += row.committed.position;
      if (!row.halted && row.committed.position < ends.at(row.partition)) behind = &row;
    }
    if (behind == nullptr) return {};
    const auto now = SteadyClock::now();
    if (sum != sum_before) moved = now;
    sum_before = sum;
    if (now - moved >= what.still_max || now - began >= what.at_most ||
        (what.stop && what.stop())) {
      return fail(Remedy::retry, "delivery.not_counted_yet",
                  fmt::format("partition {} is counted up to {} of {}", behind->partition,
                              behind->committed.position, ends.at(behind->partition)));
    }
    std::this_thread::sleep_for(ask_every);
  }
}

}  // namespace teller
