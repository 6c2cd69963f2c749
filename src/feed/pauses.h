// How long a feed waits before it looks again: as long as was stated, and longer each time that it
// could not look or deliver, up to a minute (or what was stated, if that is more). Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace teller {

class Pauses {
 public:
  using Milliseconds = std::chrono::milliseconds;
  explicit Pauses(Milliseconds every) : every_(every), next_(every) {}

  // `at_least`: what the other side asks for.
  [[nodiscard]] Milliseconds after(bool was_good, Milliseconds at_least = Milliseconds(0)) {
    const Milliseconds longest = std::max(every_, Milliseconds(60'000));
    const Milliseconds asked = std::min(at_least, Milliseconds(600'000));
    if (was_good) {
      next_ = every_;
      return std::max(every_, asked);
    }
    next_ = std::min(std::max(next_ * 2, Milliseconds(100)), longest);
    return std::max(next_, asked);
  }

 private:
  Milliseconds every_, next_;
};

}  // namespace teller
