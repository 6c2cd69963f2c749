#include "store/each_audit_line.h"

#include <utility>

#include "store/pages.h"

namespace teller {

Result<void> for_each_audit_line(AuditStore& store, std::uint64_t first,
                                 const std::function<Result<void>(AuditRow)>& each) {
  for (;;) {
    auto rows = store.audit(first, 1'000);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    const auto next =
        behind_page("audit", first, *rows, [](const AuditRow& row) { return row.number; });
    if (!next) return std::unexpected(next.error());
    first = *next;
    for (AuditRow& row : *rows) {
      if (auto done = each(std::move(row)); !done) return done;
    }
  }
}

}  // namespace teller
