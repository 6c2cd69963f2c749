// Checks the audit log (publish/audit_line.h): every line strictly, the chain from line to line,
// the tree under every checkpoint, and every signature.
//
//   1 a line can be read strictly            4 a checkpoint is signed by the count's key
//   2 lines follow each other, without a     5 a checkpoint has the root of its lines: none of
//     hole, from `init` or `begin` on          them was changed or taken away since
//   3 a line speaks of this count            6 the last line is under a checkpoint
//
// What nobody signed yet can still be changed by whoever writes the store: check 6 is a finding
// only when the caller says that a publisher ran since. A checkpoint that somebody kept elsewhere
// (published/audit-checkpoint) shows that the log was cut and signed again: give it as `kept`.
//
// Calls nothing but its arguments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "election/count_file.h"
#include "store/audit_store.h"

namespace teller {

struct AuditFinding {
  int check = 0;
  std::string what;
};

struct AuditVerification {
  std::vector<AuditFinding> findings;
  std::uint64_t lines = 0, checkpoints = 0;
  std::uint64_t not_signed = 0;  // Lines at the end that no checkpoint covers.
  Hash root{};                   // Of all lines.
  [[nodiscard]] bool good() const { return findings.empty(); }
};

// `lines` are all lines from number 0 on; `checkpoints` those of the store; `kept` notes from
// elsewhere.
[[nodiscard]] AuditVerification verify_audit(const CountFile& count,
                                             std::span<const AuditRow> lines,
                                             std::span<const AuditCheckpoint> checkpoints,
                                             std::span<const std::string> kept = {},
                                             bool all_signed = false);

[[nodiscard]] std::string_view sentence_of_audit_check(int check);

// All lines of a store. Errors: those of the store.
[[nodiscard]] Result<std::vector<AuditRow>> all_audit_lines(AuditStore& store);

}  // namespace teller
