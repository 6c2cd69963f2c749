#include "decide/left_open.h"

#include "decide/conflict_decision.h"
#include "store/each_incident.h"

namespace teller {

Result<LeftOpen> left_open(const CountFile& count, CountReader& store, const Snapshot& snapshot,
                           std::uint64_t upto) {
  const auto settled = settled_conflicts(count, store);
  if (!settled) return std::unexpected(settled.error());
  LeftOpen left;
  auto read = for_each_incident(store, 0, [&](const IncidentRow& row) {
    if (row.commit > upto) return;
    if (row.incident.outcome == Outcome::conflict) {
      ++(settled->contains(row.incident.leaf) ? left.settled : left.conflicts);
    }
    if (row.incident.outcome == Outcome::rejected) ++(row.replayed_as ? left.anew : left.rejected);
  });
  if (!read) return std::unexpected(read.error());
  for (const PartitionRow& row : snapshot.partitions) left.halted += row.halted ? 1 : 0;
  return left;
}

}  // namespace teller
