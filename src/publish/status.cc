#include "publish/status.h"

#include <fmt/format.h>

#include "publish/audit_line.h"

namespace teller {

Result<void> check_status(const Head& head, AuditStore& store) {
  if (head.status == unofficial) return {};
  std::string decided = unofficial;
  for (std::uint64_t first = 0;;) {
    const auto rows = store.audit(first, 1000);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) break;
    for (const AuditRow& row : *rows) {
      const auto line = parse_audit_line(as_text(row.bytes));
      if (line && line->action == audit_certify) decided = line->subject;
    }
    first = rows->back().number + 1;
  }
  if (head.status == decided) return {};
  return fail(Remedy::stop, "status.undecided",
              fmt::format("the store says that the count is {}, and by the audit log it is {}: "
                          "nothing is shown or signed of it",
                          head.status, decided));
}

}  // namespace teller
