// Goes over what was recorded once more: a partition's state from its segments, or, where they are
// lost, from the journal between the boundaries that the store keeps. The engine does it when it
// starts, recovery when a store is behind what was stated.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "count/partition.h"
#include "home/home.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

// The records [from, to) of a partition. Errors: stop journal.gap; those of the journal.
[[nodiscard]] Result<std::vector<JournalRecord>> read_records(Journal& journal,
                                                              std::uint16_t partition,
                                                              Position from, Position to);

// The entries of whole records, as a step takes them; they point into the records.
// Errors: stop journal.record_invalid, count.other.
[[nodiscard]] Result<std::vector<RecordedEntry>> entries_of(
    const std::vector<JournalRecord>& records, const CountId& count, std::uint16_t partition);

// The step over the records [row.from, row.to), which must be the one that `row` names.
// `partition` is settled at its beginning and gets it as an overlay.
// Errors: stop segments.corrupt (it is another); those above.
[[nodiscard]] Result<Step> step_again(Partition& partition, const StepRow& row, Journal& journal,
                                      const CountId& count);

struct ReplayParts {
  const Home* home = nullptr;
  CountStore* store = nullptr;
  Segments* segments = nullptr;
  Journal* journal = nullptr;
  std::function<void(const Error&)> noted;  // A segment was lost and computed again; or empty.
};

// The partition `number` as the store has committed it. Segments that are missing are put back.
// Errors: those of the parts; stop journal.gap, segments.corrupt.
[[nodiscard]] Result<Partition> partition_at(const ReplayParts& parts, std::uint16_t number,
                                             const Committed& committed);

}  // namespace teller
