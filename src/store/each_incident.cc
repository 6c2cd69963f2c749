#include "store/each_incident.h"

namespace teller {

Result<void> for_each_incident(CountReader& store, std::uint64_t after_commit,
                               const std::function<void(const IncidentRow&)>& each,
                               std::uint64_t page) {
  for (;;) {
    const auto rows = store.incidents(after_commit, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    after_commit = rows->back().commit;
    for (const IncidentRow& row : *rows) each(row);
  }
}

}  // namespace teller
