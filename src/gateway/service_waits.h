// How a process of the service form waits: for a server that is not there yet, and for its own end.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "base/error.h"

namespace teller {

// Tries once a second while `there` says that it may pass, and calls `still` with what it said.
// It also ends without an error when the process is told to stop. Errors: those of `there`.
[[nodiscard]] Result<void> wait_for(const std::function<Result<void>()>& there,
                                    const std::function<void(const Error&)>& still,
                                    const std::function<bool()>& stop_asked);

// A failure after which the process cannot go on, as other threads report it.
class FatalFailure {
 public:
  // Safe from any thread.
  void report(const Error& error);
  // Returns when it is told to stop. Errors: what was reported.
  [[nodiscard]] Result<void> until_stopped(const std::function<bool()>& stop_asked);

 private:
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace teller
