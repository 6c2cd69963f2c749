// Port: where published numbers go for people and systems that do not read the store.
//
// Adapters: sink_static_files.h, sink_elasticsearch.h. Both pass sink_contract.h. A sink that is
// down, slow or full never delays the count: the publisher notes it and tries again later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "store/audit_store.h"
#include "store/count_store.h"
#include "store/read_back.h"
#include "store/statement_store.h"

namespace teller {

// What changed between two commits, and the statements that bind what is there.
struct Publication {
  Snapshot snapshot;  // head of the later commit; totals: only those changed since the earlier.
  std::vector<IncidentRow> incidents;    // Since the earlier.
  std::vector<StatementRow> statements;  // Those the sink does not have yet, in order.
  // Audit lines from Cursor::audit on, all of them under `audit_checkpoint`; empty when there are
  // none. For officers and auditors: a sink that everybody reads shows the checkpoint only.
  std::vector<AuditRow> audit = {};
  AuditCheckpoint audit_checkpoint = {};
  std::vector<std::vector<StepRow>> steps;  // The list that each of them signed.

  [[nodiscard]] Outcomes outcomes() const { return sum_of(snapshot.partitions); }
  [[nodiscard]] std::uint64_t halted() const {
    return static_cast<std::uint64_t>(
        std::ranges::count(snapshot.partitions, true, &PartitionRow::halted));
  }
  // How many statements readers have afterwards, who had `before` of them.
  [[nodiscard]] std::uint64_t statements_after(std::uint64_t before) const {
    return statements.empty() ? before : std::max(before, statements.back().number + 1);
  }
};

class Sink {
 public:
  virtual ~Sink() = default;

  struct Cursor {
    // Tell me what changed after this commit. 0 as long as this object has not been told
    // everything once, whatever its readers have: sums need all of it.
    std::uint64_t commit = 0;
    std::uint64_t statements = 0;  // Its readers have those below this number.
    std::uint64_t audit = 0;       // This object has been told the audit lines below this number.
    [[nodiscard]] bool operator==(const Cursor&) const = default;
  };
  // Errors: retry sink.unavailable, reject count.other.
  [[nodiscard]] virtual Result<Cursor> cursor() = 0;

  // Brings the sink to publication.snapshot.head.commit, which must be told from the cursor on;
  // what tells readers the commit is moved last. The same publication again changes nothing, an
  // older one than its readers have is ignored.
  // Errors: retry sink.unavailable, retry sink.partial (some were refused; send again), reject
  // count.other.
  [[nodiscard]] virtual Result<void> publish(const Publication& publication) = 0;

  // What readers have, read back from where they read it; changes nothing there. `totals`: all of
  // them too. Needs no cursor() before it and moves none.
  // Errors: retry sink.unavailable, reject count.other, reject sink.damaged (what is there cannot
  // be what was published).
  [[nodiscard]] virtual Result<ReadBack> read_back(bool totals) = 0;
};

}  // namespace teller
