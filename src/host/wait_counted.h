// Waits until all that stands in a journal is counted, where another process counts it: for
// `teller api` what Engine::drain() is for `teller serve`.
//
// No state of its own; as safe as what it is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/error.h"
#include "journal/journal.h"
#include "store/count_store.h"

namespace teller {

struct WaitCounted {
  Journal* journal;
  CountReader* store;
  std::uint16_t partitions;
  std::function<bool()> stop = {};
  std::chrono::milliseconds still_max{60'000};  // Without any partition moving.
  std::chrono::milliseconds at_most{110'000};   // In all.
};

// Returns when the committed position of each partition has reached the end that its journal has at
// the call, but for halted partitions: what waits there waits for an officer.
// Errors: retry delivery.not_counted_yet; those of Journal::end() and CountReader::partitions().
[[nodiscard]] Result<void> wait_counted(const WaitCounted& what);

}  // namespace teller
