// Notes that SIGTERM or SIGINT has come, for the process to ask; nothing is done where a signal arrives. A process that
// runs until it is told to stop installs this first.
#pragma once

#include <functional>

namespace teller {

// To be called once, before any thread is started. SIGPIPE is ignored from then on.
void install_stop_signals();
// Whether one of them has come. Safe from any thread.
[[nodiscard]] bool stop_asked();
// Sleeps until one has come, or `or_until` says so.
void wait_for_stop(const std::function<bool()>& or_until = {});

}  // namespace teller
