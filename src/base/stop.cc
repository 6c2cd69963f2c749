#include "base/stop.h"

#include <atomic>
#include <chrono>

namespace teller {
namespace {

using Steady = std::chrono::steady_clock;

// Below what a supervisor waits before it kills (30 s: stack/teller.sh, and most others).
constexpr auto overdue_after = std::chrono::seconds(10);

std::atomic<bool> wanted{false};
std::atomic<Steady::rep> wanted_at{0};
static_assert(std::atomic<Steady::rep>::is_always_lock_free);

}  // namespace

void want_stop() {
  if (wanted) return;
  wanted_at = Steady::now().time_since_epoch().count();
  wanted = true;
}

bool stop_wanted() { return wanted; }

bool stop_overdue() {
  return wanted &&
         Steady::now() - Steady::time_point(Steady::duration(wanted_at.load())) > overdue_after;
}

}  // namespace teller
