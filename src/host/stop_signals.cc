#include "host/stop_signals.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <signal.h>

namespace teller {
namespace {

std::atomic<bool> stop_wanted{false};

}  // namespace

void install_stop_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop_wanted = true; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool stop_asked() { return stop_wanted; }

void wait_for_stop(const std::function<bool()>& or_until) {
  // Signals interrupt nothing here; a short nap is simpler than a pipe and costs nothing.
  while (!stop_wanted && !(or_until && or_until())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace teller
