// When to send the same again: after a while that doubles, is a little different each time (so that
// a thousand stations do not come back in the same instant), and ends after a stated time without
// success. One who is asked to come slower is no failure: such waits do not count. Used by the adapters of EntrySender.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <thread>

namespace teller {

class SendAgain {
 public:
  using Clock = std::chrono::steady_clock;

  // `stop` may be empty; once it says true nothing is tried again.
  SendAgain(std::chrono::milliseconds give_up_after, const std::function<bool()>& stop)
      : until_(Clock::now() + give_up_after), stop_(&stop) {}

  // Waits, at least `at_least`; false when it is time to give up.
  [[nodiscard]] bool wait(std::chrono::milliseconds at_least = std::chrono::milliseconds(0)) {
    std::uniform_int_distribution<int> percent(50, 100);
    const auto delay = std::max(at_least, next_ * percent(random_) / 100);
    next_ = std::min(next_ * 2, std::chrono::milliseconds(5000));
    const auto wake = Clock::now() + delay;
    return wake <= until_ && sleep_until(wake);
  }

  // Waits because the other side said so, however often; false only when told to stop.
  [[nodiscard]] bool wait_as_told(std::chrono::milliseconds told) {
    std::uniform_int_distribution<int> more(0, 250);
    const auto began = Clock::now();
    const bool goes_on = sleep_until(began + told + std::chrono::milliseconds(more(random_)));
    until_ += Clock::now() - began;
    return goes_on;
  }

 private:
  [[nodiscard]] bool sleep_until(Clock::time_point wake) const {
    while (Clock::now() < wake) {
      if (stopped()) return false;
      std::this_thread::sleep_for(
          std::min<Clock::duration>(wake - Clock::now(), std::chrono::milliseconds(50)));
    }
    return !stopped();
  }
  [[nodiscard]] bool stopped() const { return *stop_ && (*stop_)(); }
  Clock::time_point until_;
  const std::function<bool()>* stop_;
  std::chrono::milliseconds next_{100};
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace teller
