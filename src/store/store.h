// Port: what is committed. The one place where at-least-once delivery becomes exactly-once
// counting.
//
// Adapters: store_memory.h, store_sqlite.h (embedded), store_postgres.h (service). All pass
// store_contract.h. The SQL of both databases is in schema/sql.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/presentation.h"
#include "election/rules.h"

namespace teller {

struct Head {
  std::uint64_t commit = 0;          // Number of the last commit; 0: none yet.
  std::int64_t committed_at_us = 0;  // Microseconds since 1970, UTC, by the committer's clock.
  std::string status = "unofficial";
  [[nodiscard]] bool operator==(const Head&) const = default;
};

// What became of one change of a commit.
struct Verdict {
  bool accepted = false;
  Error refusal;  // When not accepted: abort store.out_of_order or partition.halted.
};

struct CommitOutcome {
  std::uint64_t commit = 0;  // The number of this commit; that of the head if nothing was accepted.
  std::vector<Verdict> verdicts;  // One a change, in order.
};

struct PartitionRow {
  std::uint16_t partition = 0;
  Committed committed;
  Outcomes outcomes;
  bool halted = false;
  std::string halted_because;
};

struct TotalRow {
  TotalKey key;
  Total total;
  std::uint64_t changed_at_commit = 0;
};

// A row of the list of steps: the boundaries that statements sign.
struct StepRow {
  std::uint16_t partition = 0;
  std::uint64_t number = 0, from = 0, to = 0;
  std::uint64_t commit = 0;
  std::uint64_t log_size = 0;
  Hash root{}, segment{};
};

// Everything a statement binds, read in one snapshot.
struct Snapshot {
  Head head;
  Hash presentation{};
  std::vector<PartitionRow> partitions;  // Ascending.
  std::vector<TotalRow> totals;          // Ascending by key.
};

struct StatementRow {
  std::uint64_t number = 0;
  std::uint64_t commit = 0;
  Bytes bytes;             // The statement itself: a leaf of the statements log.
  std::string checkpoint;  // Signed note over the statements log of this size.
};

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
  [[nodiscard]] bool operator==(const ReconciliationRow&) const = default;
};

// Where an entry stands in the journal.
struct EntryPlace {
  std::uint16_t partition = 0;
  std::uint64_t position = 0;
  std::uint32_t index = 0;
  [[nodiscard]] auto operator<=>(const EntryPlace&) const = default;
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

class Store {
 public:
  virtual ~Store() = default;

  // Makes the tables and the rows of a new count. Safe to repeat for the same count; the tables of
  // an older program are brought up to ours, forward only.
  // Errors: reject count.other, store.newer; retry store.unavailable; stop store.io.
  [[nodiscard]] virtual Result<void> create(const Rules& rules, const Presentation& presentation,
                                            const CountFile& count) = 0;

  // Refuses a store that holds another count (reject count.other) or none (reject count.none).
  // Whoever may change the tables brings those of an older program up to ours; anybody else is told
  // reject store.older. Those of a newer program are reject store.newer.
  [[nodiscard]] virtual Result<void> open(const CountFile& count) = 0;

  // Takes all `changes` (encoded; at most one a partition) in one transaction: locks the head,
  // then the partitions in ascending order; each change is accepted or refused by itself. A change
  // is accepted only if its number is the last + 1 and its `from` is the partition's position.
  // `committed_at_us` is the caller's clock.
  //
  // Errors: retry store.unavailable (nothing was written), abort store.unknown (COMMIT was sent
  // and the answer lost: read partitions() and settle), stop store.io, reject count.other.
  [[nodiscard]] virtual Result<CommitOutcome> commit(std::span<const Bytes> changes,
                                                     std::int64_t committed_at_us) = 0;

  [[nodiscard]] virtual Result<std::vector<PartitionRow>> partitions() = 0;
  [[nodiscard]] virtual Result<Snapshot> snapshot() = 0;
  [[nodiscard]] virtual Result<Head> head() = 0;

  // Totals changed after commit `after`, ascending by key, with the head they are true at.
  [[nodiscard]] virtual Result<Snapshot> totals_since(std::uint64_t after) = 0;

  // Steps whose commit lies in (after, upto], by partition and number.
  [[nodiscard]] virtual Result<std::vector<StepRow>> steps(std::uint64_t after,
                                                           std::uint64_t upto) = 0;
  // One step of a partition, to recover a segment.
  [[nodiscard]] virtual Result<std::optional<StepRow>> step(std::uint16_t partition,
                                                            std::uint64_t number) = 0;

  struct IncidentRow {
    std::uint16_t partition = 0;
    std::uint64_t commit = 0;
    Incident incident;
    std::optional<EntryPlace> replayed_as = std::nullopt;  // The second copy of a rejected entry.
  };
  // Incidents of the commits after `after_commit`, by commit and place: those of whole commits, and
  // no further commit once there are `limit`. Go on after the commit of the last row.
  [[nodiscard]] virtual Result<std::vector<IncidentRow>> incidents(std::uint64_t after_commit,
                                                                   std::uint64_t limit) = 0;

  // Stores a statement under its unique number, before anybody sees it. False if that number is
  // taken (another publisher was first): read it and publish that one.
  [[nodiscard]] virtual Result<bool> put_statement(const StatementRow& row) = 0;
  [[nodiscard]] virtual Result<std::optional<StatementRow>> last_statement() = 0;
  // All statements from `first` on, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                                     std::uint64_t limit) = 0;

  // A halted partition takes no step until an officer lets it go on: OfficerAction::resumed.
  [[nodiscard]] virtual Result<void> halt(std::uint16_t partition, std::string_view because) = 0;

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

  // For recovery: what is committed next is numbered above `commit`, since that number and those
  // below it were published. Nothing else changes; without effect when the head is there already.
  [[nodiscard]] virtual Result<void> skip_to(std::uint64_t commit) = 0;

  // The journal the positions belong to (Kafka: topic id). Set once; another is reject
  // journal.other.
  [[nodiscard]] virtual Result<void> bind_journal(std::string_view journal_id) = 0;
};

}  // namespace teller
