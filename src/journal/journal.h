// Port: the order of arrival. What is acknowledged here is never lost.
//
// Adapters: journal_memory.h, journal_file.h (embedded), journal_kafka.h (service). All pass
// journal_contract.h. A journal holds one count and refuses another (count.other).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace teller {

// The number of the next record in its partition; in Kafka, the offset.
using Position = std::uint64_t;

struct JournalRecord {
  Position position = 0;
  Bytes bytes;  // schema/entry.md, "In the journal".
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Appends a record to its partition. `done` is called exactly once, from any thread, possibly
  // before append() returns, with the record's position once it is durable (fsync; all in-sync
  // replicas). Records of one partition get ascending positions in the order of append().
  //
  // Errors given to `done`:
  //   retry  journal.full, journal.busy  It was not recorded, and never will be.
  //   abort  journal.unknown             It may be recorded or not; send the same again, a second
  //                                      copy is a duplicate.
  //   stop   journal.io                  The disk failed; this process must not acknowledge
  //                                      anything more.
  using Done = std::function<void(Result<Position>)>;
  virtual void append(std::uint16_t partition, Bytes record, Done done) = 0;

  // Durable records of `partition` from `from` on, in order and without holes, as many as fit into
  // `bytes_max` but at least one if there is one. Empty at the end.
  //
  // Errors: retry journal.unavailable; stop journal.gap (a position that must be there is not),
  // journal.corrupt, journal.io.
  [[nodiscard]] virtual Result<std::vector<JournalRecord>> read(std::uint16_t partition,
                                                                Position from,
                                                                std::size_t bytes_max) = 0;

  // The position after the last durable record. Errors: retry journal.unavailable.
  [[nodiscard]] virtual Result<Position> end(std::uint16_t partition) = 0;
};

}  // namespace teller
