#include "store/each_incident.h"

#include "store/pages.h"

namespace teller {

Result<void> for_each_incident(CountReader& store, std::uint64_t after_commit,
                               const std::function<void(const IncidentRow&)>& each,
                               std::uint64_t page) {
  for (;;) {
    const auto rows = store.incidents(after_commit, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    const auto next = behind_page(
        "incidents", after_commit + 1, *rows, [](const IncidentRow& row) { return row.commit; },
        true);
    if (!next) return std::unexpected(next.error());
    after_commit = *next - 1;
    for (const IncidentRow& row : *rows) each(row);
  }
}

}  // namespace teller
