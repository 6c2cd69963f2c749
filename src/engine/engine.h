// The embedded engine: everything between a journal and a statement, in one process.
//
//   journal ─▶ (step is due) ─▶ Partition::step ─▶ segment, durable ─▶ store, one transaction
//
// One thread decides and commits; steps of different partitions are computed side by side. The
// engine holds no truth: whatever it has in memory follows from what the store has committed, and
// is thrown away when in doubt.
//
// If the process dies here: see docs/design/steps.md; in short, the next start settles on what the
// store has committed, rolls the state forward from the segments, and computes the rest again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

class Engine {
 public:
  struct Parts {
    const Home* home;
    Journal* journal;
    Segments* segments;
    CountStore* store;
    const Clock* clock;
    unsigned threads = 2;  // For computing steps.
    // Called from the engine's thread; each may be empty.
    std::function<void(const Error&)> failed;  // It has stopped for good: the host exits.
    std::function<void(const Error&)> noted;   // It goes on.
  };

  // Recovers: reads what is committed and rolls every partition forward, computing again from the
  // journal what segments are missing. All parts must outlive it.
  // Errors: those of store, segments and journal.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> start(Parts parts);
  // Stops after the step it is at.
  ~Engine();

  // The journal to append to: it tells the engine how many entries wait.
  [[nodiscard]] Journal& journal();

  // Waits until everything that was recorded before the call is committed, but for what waits for
  // a halted partition: that stays in the journal. Errors: what broke the engine; retry
  // engine.not_drained (the store or a disk has let nothing be committed for some seconds: what is
  // left is counted after the next start).
  [[nodiscard]] Result<void> drain();

  struct Numbers {
    std::uint64_t waiting = 0;    // Entries recorded and not yet committed.
    std::uint64_t commits = 0;    // Since the start.
    std::uint64_t committed = 0;  // Entries, since the start.
  };
  [[nodiscard]] Numbers numbers() const;

 private:
  struct State;
  explicit Engine(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // Shared with answers of the journal that are still to come.
};

}  // namespace teller
