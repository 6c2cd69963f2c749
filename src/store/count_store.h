// Port: what counting commits and everybody reads of it. The one place where at-least-once delivery
// becomes exactly-once counting. One of the ports of a store (store.h).
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
#include "store/decision_rows.h"

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

// Of all partitions.
[[nodiscard]] inline Outcomes sum_of(std::span<const PartitionRow> partitions) {
  Outcomes sum;
  for (const PartitionRow& row : partitions) sum += row.outcomes;
  return sum;
}

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

// Where an entry stands in the journal.
struct EntryPlace {
  std::uint16_t partition = 0;
  std::uint64_t position = 0;
  std::uint32_t index = 0;
  [[nodiscard]] auto operator<=>(const EntryPlace&) const = default;
};

// A record that counting noticed, and where it was recorded anew if it was.
struct IncidentRow {
  std::uint16_t partition = 0;
  std::uint64_t commit = 0;
  Incident incident;
  std::optional<EntryPlace> replayed_as = std::nullopt;  // The second copy of a rejected entry.
};

// Of totals_since(): the head and the partitions, without a look at any total.
inline constexpr std::uint64_t after_all_commits = ~std::uint64_t{0} >> 1;

// The half that only reads. Errors of all: reject count.other, count.none; retry store.unavailable; stop store.io.
class CountReader {
 public:
  virtual ~CountReader() = default;

  [[nodiscard]] virtual Result<std::vector<PartitionRow>> partitions() = 0;
  [[nodiscard]] virtual Result<Snapshot> snapshot() = 0;
  [[nodiscard]] virtual Result<Head> head() = 0;

  // Totals changed after commit `after`, ascending by key, with the head they are true at. However
  // few they are, the table of totals is read whole.
  [[nodiscard]] virtual Result<Snapshot> totals_since(std::uint64_t after) = 0;

  // Steps whose commit lies in (after, upto], by partition and number.
  [[nodiscard]] virtual Result<std::vector<StepRow>> steps(std::uint64_t after,
                                                           std::uint64_t upto) = 0;
  // One step of a partition, to recover a segment.
  [[nodiscard]] virtual Result<std::optional<StepRow>> step(std::uint16_t partition,
                                                            std::uint64_t number) = 0;

  // Incidents of the commits after `after_commit`, by commit and place: those of whole commits, and
  // no further commit once there are `limit`. Go on after the commit of the last row.
  [[nodiscard]] virtual Result<std::vector<IncidentRow>> incidents(std::uint64_t after_commit,
                                                                   std::uint64_t limit) = 0;

  // Incidents of the records [from, to) of a partition, by place.
  [[nodiscard]] virtual Result<std::vector<IncidentRow>> incidents_in(std::uint16_t partition,
                                                                      std::uint64_t from,
                                                                      std::uint64_t to) = 0;

  // What officers decided, of the commits after `after_commit`, by commit and place; pages as of
  // incidents().
  [[nodiscard]] virtual Result<std::vector<DecisionRow>> decisions(std::uint64_t after_commit,
                                                                   std::uint64_t limit) = 0;
  // Those about the stage, by partition and number: a few rows, whatever was counted.
  [[nodiscard]] virtual Result<std::vector<DecisionRow>> stage_decisions() = 0;
};

class CountStore : public CountReader {
 public:
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

  // A halted partition takes no step until an officer lets it go on: OfficerAction::resumed.
  [[nodiscard]] virtual Result<void> halt(std::uint16_t partition, std::string_view because) = 0;

  // For recovery: what is committed next is numbered above `commit`, since that number and those
  // below it were published. Nothing else changes; without effect when the head is there already.
  [[nodiscard]] virtual Result<void> skip_to(std::uint64_t commit) = 0;

  // The journal the positions belong to (Kafka: topic id). Set once; another is reject
  // journal.other.
  [[nodiscard]] virtual Result<void> bind_journal(std::string_view journal_id) = 0;
};

}  // namespace teller
