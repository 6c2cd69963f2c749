// Holds a count's figures against rules again and again, in a thread of its own, and tells Prometheus
// how many findings there are: what `teller check` would say, without anybody asking.
//
// What always holds: a scrape works nothing out. A pass is made some seconds after the start and then
// once a minute, and only if something was committed, or a line added to the audit log, since the last one;
// reading the figures is left to when nobody else needs the processor. What senders and persons did holds
// nothing else up: where it cannot be read, that is told, and looked for again with the next pass. Before
// the close of voting, where that is when a count is told, nothing is looked at and the numbers are 0. The
// voters' roll is not looked at here (`teller check` does).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/event.h"
#include "base/repeating.h"
#include "checks/check_count.h"
#include "home/home.h"
#include "http/metrics.h"
#include "journal/journal.h"
#include "store/store.h"

namespace teller {

class CheckLoop {
 public:
  struct Options {
    const Home* home;
    Store* store;
    CheckRules rules;
    Journal* journal;  // Who sent what is a conflict.
    OnEvent event;     // What keeps it from looking, once.
    // Asked before each look, where the store is a server's, which may come later.
    std::function<Result<void>()> ready = {};
    // What was found, as of a commit; on its thread, each time it looked at something new.
    std::function<void(const CountChecked&, std::uint64_t commit)> told = {};
    std::chrono::milliseconds every = std::chrono::minutes(1);
  };
  // What `options` points to outlives this.
  explicit CheckLoop(Options options)
      : options_(std::move(options)),
        thread_([this] { return pass(); }, {.pause = options_.every,
                                            .before_first = std::chrono::seconds(3),
                                            .once_more_at_the_end = false,
                                            .nice = 10}) {}

  // Adds check_findings (by check and severity), check_commit and check_age_seconds. It outlives the
  // last text().
  void watch(Metrics& metrics);

 private:
  [[nodiscard]] bool pass();
  [[nodiscard]] Result<void> look();

  const Options options_;
  std::mutex mutex_;
  std::optional<CountChecked> last_;
  std::uint64_t commit_ = 0;      // As of which it was made.
  std::uint64_t lines_ = 0;       // Of the thread: of the audit log, then.
  bool without_conduct_ = false;  // Of the thread: it could not be read, then.
  std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
  std::string wrong_;  // Of the thread: what was told last.
  Repeating thread_;   // The last member: it uses all others.
};

}  // namespace teller
