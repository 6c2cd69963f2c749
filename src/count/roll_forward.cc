#include "count/roll_forward.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "log/segment.h"

namespace teller {

Result<void> roll_forward(Partition& partition, Segments& segments, std::uint16_t number,
                          const Committed& committed) {
  const Committed start = partition.at();
  if (start == committed) return {};
  if (committed.number < start.number) {
    return fail(
        Remedy::abort, "count.behind",
        fmt::format("the store is at step {}, behind the state; begin with a fresh partition",
                    committed.number));
  }
  // Backwards: which segment of each step leads to the root we know? Segments that no committed
  // step names may lie beside it. Only heads and hashes are kept, so memory stays small.
  std::vector<Hash> chain;
  Hash root = committed.root;
  for (std::uint64_t step = committed.number; step > start.number; --step) {
    auto hashes = segments.list(number, step);
    if (!hashes) return std::unexpected(hashes.error());
    std::sort(hashes->begin(), hashes->end());
    bool found = false;
    for (const Hash& hash : *hashes) {
      const auto bytes = segments.get(number, step, hash);
      if (!bytes) continue;  // Torn or gone: it is not the one, or it is missing.
      const auto head = decode_segment_head(*bytes);
      if (head && head->root_after == root) {
        chain.push_back(hash);
        root = head->root_before;
        found = true;
        break;
      }
    }
    if (!found) return fail(Remedy::stop, "segments.missing", segment_name(number, step));
  }
  for (std::uint64_t step = start.number + 1; step <= committed.number; ++step) {
    const auto bytes = segments.get(number, step, chain.back());
    if (!bytes) return std::unexpected(bytes.error());
    chain.pop_back();
    if (auto restored = partition.restore(*bytes, committed.position); !restored) return restored;
  }
  if (!(partition.at() == committed)) {
    return fail(Remedy::stop, "segment.out_of_chain",
                fmt::format("partition {} does not reach what is committed", number));
  }
  return {};
}

}  // namespace teller
