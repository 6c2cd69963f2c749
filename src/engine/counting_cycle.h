// What the embedded engine does, without when: recover, and then round after round.
//
//   a round:  compute every partition's step (its segment is durable then) ─▶ one commit
//
// No thread, no waiting and no clock but the one that dates commits, so that a simulation can run
// it call by call. engine.h decides when a round is due and computes partitions side by side. Holds
// no truth: whatever is in memory follows from what the store has committed.
//
// If the process dies here: see docs/design/steps.md.
//
// Not thread-safe; one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

class CountingCycle {
 public:
  // Calls work(0) … work(n - 1), possibly from several threads at once, and returns when all of
  // them have returned.
  using Work = std::function<void(std::uint16_t)>;
  using SideBySide = std::function<void(std::uint16_t n, const Work& work)>;

  struct Parts {
    const Home* home;
    Journal* journal;
    Segments* segments;
    CountStore* store;
    const Clock* clock;
    SideBySide side_by_side;                  // Empty: one after the other.
    std::function<void(const Error&)> noted;  // What goes wrong and does not end it; may be empty.
  };

  // Reads what is committed and rolls every partition forward, computing again from the journal
  // what segments are missing. All parts must outlive it.
  // Errors: those of store, segments and journal.
  [[nodiscard]] static Result<CountingCycle> start(Parts parts);
  ~CountingCycle();
  CountingCycle(CountingCycle&&) noexcept;
  CountingCycle& operator=(CountingCycle&&) noexcept;

  // Entries that were recorded and not committed when start() looked.
  [[nodiscard]] std::uint64_t waiting_at_start() const;

  struct Done {
    std::uint64_t entries = 0;  // Committed by this round.
    // Nothing was there to do but for halted partitions, and nothing went wrong.
    bool only_halted_left = false;
  };
  // One round over all partitions. A record that cannot be read halts its partition and no other;
  // a partition that an officer has let go on, in the store, goes on.
  // An error ends this object: begin again with start().
  // Errors: those of the store; stop errors of segments and journal.
  [[nodiscard]] Result<Done> round();

 private:
  struct State;
  explicit CountingCycle(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace teller
