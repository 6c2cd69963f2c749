// Port: the audit log, what officers do to the store in the same transaction as its line, and what
// the last reconciliation said. One of the ports of a store (store.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "store/count_store.h"

namespace teller {

// A line of the audit log, as publish/audit_line.h writes it: a leaf of its own RFC 6962 log.
struct AuditRow {
  std::uint64_t number = 0;  // From 0, without a hole.
  Bytes bytes;
};

// What the publisher signed of the audit log when it had `size` lines.
struct AuditCheckpoint {
  std::uint64_t size = 0;
  std::string note;
};

// What the last reconciliation said, as far as people may know it at any time: which comparisons
// differ, and no figure of them (verify/reconcile.h has those).
struct ReconciliationRow {
  std::int64_t at_us = 0;
  std::uint64_t commit = 0;  // As of which it was made.
  std::uint64_t differences = 0;
  std::string differs = {};        // "log = store, static files = store"; empty when nothing does.
  std::string not_looked_at = {};  // The same of what was away.
  // Messages that the inbox refused, by code. What a later one does not name stays as it was.
  std::map<std::string, std::uint64_t> refused = {};
  [[nodiscard]] bool operator==(const ReconciliationRow&) const = default;
};

// A rejected entry that was recorded anew: `again` is the place of its second copy.
struct Replay {
  EntryPlace rejected, again;
  [[nodiscard]] bool operator==(const Replay&) const = default;
};

// What a person changes in the store itself, in the transaction of the audit line that says so.
struct OfficerAction {
  std::optional<std::uint16_t> resumed = std::nullopt;  // A halted partition that goes on.
  std::vector<Replay> replays = {};
};

class AuditStore {
 public:
  virtual ~AuditStore() = default;

  // Adds a line to the audit log, and does `action` in the same transaction: there is no action without
  // its line. False, and nothing is done, unless its number is the next one (somebody else was
  // first: read theirs and take the next). A rejected entry keeps the first place it was replayed
  // to. Use operate/audit.h, which makes the line.
  // Errors: those of commit().
  [[nodiscard]] virtual Result<bool> put_audit(const AuditRow& row,
                                               const OfficerAction& action) = 0;
  // Lines from `first` on, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<AuditRow>> audit(std::uint64_t first,
                                                            std::uint64_t limit) = 0;
  [[nodiscard]] virtual Result<std::optional<AuditRow>> last_audit() = 0;
  // One of each size: the first one that is put stands.
  [[nodiscard]] virtual Result<void> put_audit_checkpoint(const AuditCheckpoint& checkpoint) = 0;
  [[nodiscard]] virtual Result<std::vector<AuditCheckpoint>> audit_checkpoints() = 0;

  // Keeps the last one only, whoever made it.
  [[nodiscard]] virtual Result<void> put_reconciliation(const ReconciliationRow& row) = 0;
  [[nodiscard]] virtual Result<std::optional<ReconciliationRow>> last_reconciliation() = 0;
};

}  // namespace teller
