// Holds against each other what every place says of one count, at one commit of the store:
//
//   journal = recorded                                  the journal reaches what was counted
//   recorded = counted + duplicate + conflict + rejected   entries of the journal, one by one
//   incidents = conflict + rejected                     each of them is listed
//   log = store                                         sizes, roots, segments
//   statement = store                                   what was signed is what is there
//   names = files                                       what stands beside a number, mode and status
//   <reader> = store                                    static files, Elasticsearch, pub_* views
//   inbox = recorded + refused                          every message had one fate
//
// The store moves on while the others are read, and readers follow it. So the places are read
// against the flow (readers first, then statement, store, journal), and a number is compared when
// the store has not changed it since the commit it is true as of. Being behind is no difference and
// is said. A reader that is ahead of the store, or equal in commit and different in numbers, is.
//
// Pure: whoever calls it has read everything (operate/reconciler.h). Proves nothing that `verify` does
// not: it is made to be cheap and to be run all the time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segment.h"
#include "store/count_store.h"
#include "store/definition_check.h"
#include "store/read_back.h"
#include "store/statement_store.h"

namespace teller {

// Of one partition, beside its row in the store's snapshot.
struct PartitionSays {
  // The journal; its entries only if they were read, from 0 to the snapshot's position.
  std::optional<std::uint64_t> journal_end;
  std::optional<std::uint64_t> journal_entries;
  std::string journal_damage;  // A hole, or a record that is none: nothing behind it was read.
  std::uint64_t incidents_listed = 0;  // Rows of conflicts and rejections.
  // Of which the journal says otherwise at their places; only if its entries were read.
  std::vector<std::string> incidents_wrong;
  // The store's list of steps: the last one, and that of the last statement and the one after it.
  std::optional<StepRow> last, stated, after_stated;
  // The head of the last step's segment, whose bytes have the hash the step names.
  std::optional<SegmentHead> segment;
  std::string no_segment;  // Why not.
  // All segments of the partition lead from one to the next (only when all were read); else why
  // not.
  std::string broken_chain;
};

// Of one partition of the inbox, [first, dealt_with): below what its group has committed.
struct InboxSays {
  std::int32_t partition = 0;
  std::uint64_t first = 0, dealt_with = 0, end = 0;
  std::uint64_t recorded = 0, refused = 0;  // Distinct offsets in that range.
  std::uint64_t both = 0, neither = 0;
  std::uint64_t first_both = 0, first_neither = 0;  // Offsets.
};

struct ReaderSays {
  std::string name;  // "static files"
  std::optional<ReadBack> read_back;
  std::string unread;  // Why not: the place is away.
  std::string damage;  // Or what is there cannot be what was published.
};

struct Places {
  // The store in one snapshot; all totals, ascending.
  Head head;
  Hash presentation{};
  DefinitionCheck definition;  // Names and the like, held against the files.
  std::string undecided;       // Why the status is none that was decided; empty: it is.
  std::vector<PartitionRow> rows;
  std::span<const TotalRow> totals;
  std::uint64_t statements = 0;        // In the store, a moment before.
  std::optional<StatementRow> stated;  // The last of them.

  std::vector<PartitionSays> partitions;  // As many as the count has.
  std::vector<ReaderSays> readers;
  // Statements that readers name as their last: the store's own bytes of them, if it has them.
  std::vector<StatementRow> read_statements;
  bool entries_read = false;                    // The journal, entry by entry.
  bool segments_read = false;                   // All of them, not only the last of each partition.
  std::string journal_unread;                   // Why it was not looked at at all; empty: it was.
  std::optional<std::vector<InboxSays>> inbox;  // Only where there is one.
  std::string inbox_unread;                     // Why it was not looked at.
};

enum class Agreement : std::uint8_t { same, behind, not_looked_at, differs };
[[nodiscard]] std::string_view to_text(Agreement agreement);

struct ReconcileLine {
  std::string what;
  Agreement agreement = Agreement::same;
  std::uint64_t commit = 0;    // As of which the place was compared.
  std::uint64_t compared = 0;  // How many numbers.
  std::string note;            // "3 commits behind"; what was not looked at, and why.
};

struct Difference {
  std::string what;  // Of which line.
  std::string
      where;  // "contest mayor, option ada, unit ash/south: 3 in the store, 2 there (commit 12)"
};

struct Reconciliation {
  std::uint64_t commit = 0;
  std::vector<ReconcileLine> lines;
  std::vector<Difference> differences;  // At most 100; `more` counts the rest.
  std::uint64_t more = 0;
  // Messages that the inbox refused, by code; empty where it was not looked at.
  std::map<std::string, std::uint64_t> refused;
  [[nodiscard]] bool good() const { return differences.empty(); }
};

[[nodiscard]] Reconciliation reconcile(const Rules& rules, const CountFile& count,
                                       const Places& places);

}  // namespace teller
