// The counting core: what one partition has counted, and how the next step follows from it.
//
//   (rules, state of the partition, recorded entries [from, to))  ->  step
//
// No clock, no file, no socket, no thread. A step is computed as an overlay on the state; the
// state itself moves only on evidence of commit, which the caller brings with every call:
//
//   settle(committed)   the overlay's own result: it is adopted. The base: it is dropped.
//                       Anything else: count.behind, and the caller brings the segments
//                       (restore()) or makes a new Partition.
//   step(from, …)       computes the next step on the settled state.
//
// Not thread-safe: whoever owns a partition calls it from one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/rules.h"

namespace teller {

// A recorded entry as the count sees it: no envelope.
struct RecordedEntry {
  std::uint64_t position = 0;
  std::uint32_t index = 0;  // In its record.
  ByteView bytes;
};

class Partition {
 public:
  // Both outlive the partition.
  Partition(const Rules& rules, const CountFile& count, std::uint16_t number);
  ~Partition();
  Partition(Partition&&) noexcept;
  Partition& operator=(Partition&&) noexcept;

  // What the state stands on (settled; without an overlay).
  [[nodiscard]] const Committed& at() const;

  // Errors: abort count.behind (the state is not on the way to `committed`).
  [[nodiscard]] Result<void> settle(const Committed& committed);

  // Rolls the settled state forward by one committed step. `position` is that step's `to`; a
  // caller that does not know it (it walks a chain of segments) gives any, and the last one right.
  // Errors: stop segment.out_of_chain, segment.invalid.
  [[nodiscard]] Result<void> restore(ByteView segment, std::uint64_t position);

  // Counts `entries`, which are all of the records [from, to) in order. Must follow settle();
  // `from` must be at().position. An overlay of an earlier step() is dropped.
  [[nodiscard]] Step step(std::uint64_t to, std::span<const RecordedEntry> entries);

  // Entries counted and remembered; for metrics.
  [[nodiscard]] std::uint64_t counted() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace teller
