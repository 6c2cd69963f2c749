#include "store/commit_check.h"

#include <set>

#include <fmt/format.h>

namespace teller {

std::optional<Error> refusal_of(const Change& change, const PartitionRow& row) {
  if (row.halted) {
    return Error{Remedy::abort, "partition.halted",
                 fmt::format("partition {} is halted: {}", row.partition, row.halted_because)};
  }
  if (change.number != row.committed.number + 1 || change.from != row.committed.position ||
      change.log_size != row.committed.log_size + change.outcomes.counted) {
    return Error{
        Remedy::abort, "store.out_of_order",
        fmt::format("step {} from {} does not follow step {} at {} of partition {}", change.number,
                    change.from, row.committed.number, row.committed.position, row.partition)};
  }
  return std::nullopt;
}

Result<void> check_all_partitions(std::span<const PartitionRow> rows, std::size_t partitions) {
  const auto wrong = [&](std::size_t partition, std::string_view is) {
    return fail(Remedy::stop, "store.definition",
                fmt::format("table partitions: partition {} is {}, of {} that the count has",
                            partition, is, partitions));
  };
  for (std::size_t i = 0; i < partitions; ++i) {
    if (i >= rows.size() || rows[i].partition != i) return wrong(i, "not there");
  }
  if (rows.size() > partitions) return wrong(rows[partitions].partition, "one too many");
  return {};
}

Result<std::vector<Change>> decode_changes(std::span<const Bytes> changes, const CountId& count,
                                           std::size_t partitions) {
  std::vector<Change> decoded;
  std::set<std::uint16_t> seen;
  for (const Bytes& bytes : changes) {
    auto change = decode_change(bytes);
    if (!change) return std::unexpected(change.error());
    if (!(change->count == count)) {
      return fail(Remedy::reject, "count.other", "a change of another count");
    }
    if (change->partition >= partitions || !seen.insert(change->partition).second) {
      return fail(Remedy::stop, "change.invalid", "one change a partition of the count");
    }
    decoded.push_back(std::move(*change));
  }
  return decoded;
}

}  // namespace teller
