// A thread that does one thing again and again, a second after it was done, and once more at the
// end: publishing, following.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <sys/resource.h>

namespace teller {

class EverySecond {
 public:
  // `pass` is called from the thread; false ends it for good. `nice` as in nice(1): whose work can
  // wait lets the others go first.
  explicit EverySecond(std::function<bool()> pass, int nice = 0)
      : pass_(std::move(pass)), thread_([this, nice] { run(nice); }) {}
  // One last pass, so that what was done until now is in it.
  ~EverySecond() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  EverySecond(const EverySecond&) = delete;
  EverySecond& operator=(const EverySecond&) = delete;

 private:
  void run(int nice) {
    if (nice != 0) ::setpriority(PRIO_PROCESS, 0, nice);  // On Linux: of this thread.
    for (bool last = false;;) {
      if (!pass_() || last) return;
      std::unique_lock lock(mutex_);
      last = wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    }
  }

  std::function<bool()> pass_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // The last member: it uses all others.
};

}  // namespace teller
