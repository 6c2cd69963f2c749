// That this process was told to end: for a wait on a server, deep inside, which would hold it up.
// host/stop_signals.h says it for a program, the driver for libteller.so.
#pragma once

namespace teller {

// Safe in a signal handler. Said once; there is no way back.
void want_stop();
[[nodiscard]] bool stop_wanted();
// So long ago that a wait on a server that says nothing must end now.
[[nodiscard]] bool stop_overdue();

}  // namespace teller
