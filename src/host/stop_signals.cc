#include "host/stop_signals.h"

#include <chrono>
#include <thread>

#include <signal.h>

#include "base/stop.h"

namespace teller {

void install_stop_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { want_stop(); };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool stop_asked() { return stop_wanted(); }

void wait_for_stop(const std::function<bool()>& or_until) {
  // Signals interrupt nothing here; a short nap is simpler than a pipe and costs nothing.
  while (!stop_wanted() && !(or_until && or_until())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace teller
