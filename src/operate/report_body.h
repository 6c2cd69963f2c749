// What the documents of an office (office_report.h) say below their head. Each reads what it says from a count that
// was verified, as of `commit`; what came later is left out.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "operate/office_report.h"
#include "operate/report_lines.h"
#include "publish/audit_line.h"
#include "publish/statement.h"
#include "publish/status.h"
#include "store/count_store.h"

namespace teller {

// A count that was verified.
struct ReportBase {
  Snapshot snapshot;
  Statement statement;  // Of that commit.
  StageReached stage;
  std::uint64_t statements = 0, steps = 0, leaves = 0;  // That were looked at.
  std::vector<AuditLine> audit;
  std::vector<Hash> audit_leaves;  // Of each line.
};

// Errors of all: those of the store and of segments; stop log.broken.
[[nodiscard]] Result<void> write_report_sheets(ReportLines& out, const ReportParts& parts);
[[nodiscard]] Result<void> write_report_decisions(ReportLines& out, const ReportParts& parts,
                                                  const ReportBase& base);
[[nodiscard]] Result<void> write_report_canvass(ReportLines& out, const ReportParts& parts,
                                                const ReportBase& base);
// Also reject policy.not_certified.
[[nodiscard]] Result<void> write_report_certificate(ReportLines& out, const ReportParts& parts,
                                                    const ReportBase& base);

}  // namespace teller
