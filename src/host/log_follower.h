// Keeps the public log (publish/log_files.h) up to date in a thread of its own, and says when it
// cannot and when it can again.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/event.h"
#include "base/repeating.h"
#include "host/stop_signals.h"
#include "http/metrics.h"
#include "publish/log_files.h"
#include "publish/status.h"

namespace teller {

class LogFollower {
 public:
  // `files` outlives it. `event` is told, from its thread, what an operator should know. `ready` is
  // asked before each pass.
  LogFollower(LogFiles& files, OnEvent event, std::function<Result<void>()> ready = {})
      : files_(&files),
        event_(std::move(event)),
        ready_(std::move(ready)),
        thread_([this] { return pass(); }, {.nice = 10}) {}

  // Adds log_statements. The follower outlives the last text().
  void watch(Metrics& metrics) {
    metrics.watch("log_statements", "Statements under the checkpoint of the public log", false,
                  [this] { return static_cast<double>(statements_.load()); });
  }

 private:
  bool pass() {
    const auto ready = ready_ ? ready_() : Result<void>{};
    // At the end a short way is still gone, a long one is left to the next start.
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto statements = ready ? files_->catch_up([late] {
      return stop_asked() && std::chrono::steady_clock::now() > late;
    })
                                  : std::unexpected(ready.error());
    if (statements) statements_ = *statements;
    // Where nothing is told there is nothing to be behind of.
    if (!ready && is_not_told(ready.error())) return true;
    const std::string wrong = statements ? "" : to_text(statements.error());
    if (std::exchange(wrong_, wrong) != wrong) {
      event_(statements ? Event::info("log.goes_on") : Event("log.trouble", statements.error()));
    }
    return true;
  }

  LogFiles* files_;
  OnEvent event_;
  std::function<Result<void>()> ready_;
  std::atomic<std::uint64_t> statements_{0};
  std::string wrong_;
  Repeating thread_;  // The last member: it uses all others.
};

}  // namespace teller
