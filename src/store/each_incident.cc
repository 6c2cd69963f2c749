#include "store/each_incident.h"

namespace teller {

Result<void> for_each_incident(Store& store, std::uint64_t after_commit,
                               const std::function<void(const Store::IncidentRow&)>& each,
                               std::uint64_t page) {
  for (;;) {
    const auto rows = store.incidents(after_commit, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    after_commit = rows->back().commit;
    for (const Store::IncidentRow& row : *rows) each(row);
  }
}

}  // namespace teller
