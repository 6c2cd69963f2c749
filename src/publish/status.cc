#include "publish/status.h"

#include <fmt/format.h>

#include "publish/audit_line.h"
#include "store/each_audit_line.h"

namespace teller {

Result<void> check_status(const Head& head, AuditStore& store) {
  if (head.status == unofficial) return {};
  std::string decided = unofficial;
  auto read = for_each_audit_line(store, 0, [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (line && line->action == audit_certify) decided = line->subject;
    return {};
  });
  if (!read) return read;
  if (head.status == decided) return {};
  return fail(Remedy::stop, "status.undecided",
              fmt::format("the store says that the count is {}, and by the audit log it is {}: "
                          "nothing is shown or signed of it",
                          head.status, decided));
}

}  // namespace teller
