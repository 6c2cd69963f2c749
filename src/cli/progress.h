// How far a command is: on a terminal one line that is written over a few times a second and is
// gone when the work is done, elsewhere a line every ten seconds.
//
//   verifying  [#########...............] 37 %  1,234 of 3,300 leaves, 0:12 min left
//
// Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "cli/terminal.h"

namespace teller::cli {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `doing` is the first word of the line. `now` may be another clock in a test.
  explicit Progress(std::string doing, Terminal& to = Terminal::standard_error(),
                    std::function<Clock::time_point()> now = Clock::now);
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `at` of `all` is done (all = 0: nobody knows how much there is); `beside` is asked for what
  // stands behind the bar, when it is time to show it again.
  void show(std::uint64_t at, std::uint64_t all, const std::function<std::string()>& beside);
  // For whoever counts one kind of thing: it calls show() with "12 of 345 leaves". This must outlive it.
  [[nodiscard]] std::function<void(std::uint64_t, std::uint64_t)> counting(std::string things);

  // Takes the line away: before an answer is printed. The destructor does so too.
  void end() { to_->clear(); }

  [[nodiscard]] double seconds() const;  // Since it was made.

 private:
  [[nodiscard]] bool is_due();

  const std::string doing_;
  Terminal* const to_;
  const std::function<Clock::time_point()> now_;
  const Clock::time_point begin_;
  std::mutex mutex_;
  Clock::time_point shown_;
};

}  // namespace teller::cli
