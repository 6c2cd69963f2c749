// Whether this process was told to end: a wait on a server, deep inside of it, asks, for it would hold the end up.
// host/stop_signals.h says so for a program, the driver for libteller.so.
#pragma once

namespace teller {

// Safe in a signal handler. It is said once; there is no way back.
void want_stop();
[[nodiscard]] bool stop_wanted();
// Whether it was told so long ago that a wait on a server that says nothing must end now.
[[nodiscard]] bool stop_overdue();

}  // namespace teller
