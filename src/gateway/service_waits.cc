#include "gateway/service_waits.h"

#include <chrono>
#include <thread>

namespace teller {

using namespace std::chrono_literals;

Result<void> wait_for(const std::function<Result<void>()>& there,
                      const std::function<void(const Error&)>& still,
                      const std::function<bool()>& stop_asked) {
  while (!stop_asked()) {
    auto tried = there();
    if (tried || tried.error().remedy != Remedy::retry) return tried;
    still(tried.error());
    for (int i = 0; i < 10 && !stop_asked(); ++i) std::this_thread::sleep_for(100ms);
  }
  return {};
}

void FatalFailure::report(const Error& error) {
  const std::scoped_lock lock(mutex_);
  error_ = error;
}

Result<void> FatalFailure::until_stopped(const std::function<bool()>& stop_asked) {
  while (!stop_asked()) {
    std::this_thread::sleep_for(100ms);
    const std::scoped_lock lock(mutex_);
    if (error_) return std::unexpected(*error_);
  }
  return {};
}

}  // namespace teller
