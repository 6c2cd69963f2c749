// A thread that does one thing again and again, each time so long after it was done: publishing,
// following, reconciling.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <sys/resource.h>

namespace teller {

class Repeating {
 public:
  struct Options {
    std::chrono::milliseconds pause = std::chrono::seconds(1);
    // What is not needed at once lets the start of a process go first.
    std::chrono::milliseconds before_first{0};
    // Makes one last pass when it is destroyed, so that what was done until then is in it.
    bool once_more_at_the_end = true;
    // As in nice(1): whose work can wait lets the others go first.
    int nice = 0;
  };
  // `pass` is called from the thread; false ends it for good.
  Repeating(std::function<bool()> pass, Options options)
      : pass_(std::move(pass)), options_(options), thread_([this] { run(); }) {}
  // Waits for the pass that runs.
  ~Repeating() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;

  // The next pass begins now, or as soon as the one that runs is over. From any thread.
  void wake() {
    {
      const std::scoped_lock lock(mutex_);
      woken_ = true;
    }
    wake_.notify_all();
  }

 private:
  void run() {
    if (options_.nice != 0) ::setpriority(PRIO_PROCESS, 0, options_.nice);  // Linux: of the thread.
    if (is_over_within(options_.before_first)) return;
    while (pass_()) {
      if (is_over_within(options_.pause)) return;
    }
  }
  bool is_over_within(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [this] { return stopping_ || woken_; });
    woken_ = false;
    if (!stopping_) return false;
    lock.unlock();
    if (options_.once_more_at_the_end) pass_();
    return true;
  }

  std::function<bool()> pass_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, woken_ = false;
  std::thread thread_;  // The last member: it uses all others.
};

}  // namespace teller
