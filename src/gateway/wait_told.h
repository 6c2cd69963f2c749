// Tells an operator that somebody waits for something that is away: after two seconds, again every
// ten, and once when it goes on. Short waits are not worth a line.
//
// One for all threads that wait for the same thing; safe from any of them. Used by the adapters of
// EntrySender.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace teller {

class WaitTold {
 public:
  using Clock = std::chrono::steady_clock;

  // `event` may be empty. `now` may be another clock in a test.
  explicit WaitTold(std::function<void(const std::string&)> event,
                    std::function<Clock::time_point()> now = Clock::now)
      : event_(std::move(event)), now_(std::move(now)) {}

  // Before each wait; `why` is a sentence about what is away.
  void waits(const std::string& why) {
    const std::scoped_lock lock(mutex_);
    const auto now = now_();
    if (!since_) since_ = now;
    const auto next = told_ ? *told_ + std::chrono::seconds(10) : *since_ + std::chrono::seconds(2);
    if (now < next) return;
    told_ = now;
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - *since_);
    if (event_) event_(fmt::format("waits for {} s: {}", waited.count(), why));
  }
  // Whenever it was there.
  void goes_on() {
    const std::scoped_lock lock(mutex_);
    if (told_ && event_) event_("goes on");
    since_.reset();
    told_.reset();
  }

 private:
  const std::function<void(const std::string&)> event_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::optional<Clock::time_point> since_, told_;
};

}  // namespace teller
