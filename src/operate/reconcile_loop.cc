#include "operate/reconcile_loop.h"

#include <algorithm>

#include <fmt/format.h>

namespace teller {
namespace {

// The lines of one kind, by name.
std::string names(const Reconciliation& result, Agreement agreement) {
  std::string text;
  for (const ReconcileLine& line : result.lines) {
    if (line.agreement == agreement) text += (text.empty() ? "" : ", ") + line.what;
  }
  return text;
}

std::uint64_t differences(const Reconciliation& result) {
  return result.differences.size() + result.more;
}

}  // namespace

ReconcileLoop::ReconcileLoop(Options options)
    : options_(std::move(options)),
      thread_(
          [this] {
            pass();
            return true;
          },
          {.pause = options_.every, .once_more_at_the_end = false}) {}

void ReconcileLoop::pass() {
  const auto result = options_.run(options_.wanted);
  {
    const std::scoped_lock lock(mutex_);
    ++passes_;
    if (result) {
      last_ = *result;
      at_ = std::chrono::steady_clock::now();
    } else {
      ++failed_;
    }
  }
  if (options_.told) options_.told(result);
}

double ReconcileLoop::ask(std::function<double()> value) {
  const std::scoped_lock lock(mutex_);
  return value();
}

void ReconcileLoop::watch(Metrics& metrics) {
  const auto add = [&](const char* name, const char* help, bool total,
                       std::function<double()> value) {
    metrics.watch(name, help, total, [this, value = std::move(value)] { return ask(value); });
  };
  add("reconcile_differences", "Differences that the last reconciliation found", false,
      [this] { return last_ ? static_cast<double>(differences(*last_)) : 0.0; });
  add("reconcile_not_looked_at", "Places that the last reconciliation could not look at", false,
      [this] {
        if (!last_) return 0.0;
        return static_cast<double>(
            std::ranges::count(last_->lines, Agreement::not_looked_at, &ReconcileLine::agreement));
      });
  add("reconcile_commit", "As of which commit the last reconciliation was made", false,
      [this] { return last_ ? static_cast<double>(last_->commit) : 0.0; });
  add("reconcile_age_seconds", "Since the last reconciliation that could be made, or the start",
      false, [this] {
        const auto age = std::chrono::steady_clock::now() - at_;
        return std::chrono::duration<double>(age).count();
      });
  add("reconcile_passes_total", "Reconciliations since the start", true,
      [this] { return static_cast<double>(passes_); });
  add("reconcile_failed_total", "Reconciliations that the store could not be asked for", true,
      [this] { return static_cast<double>(failed_); });
}

Result<void> record_reconciliation(AuditStore& store, const Reconciliation& result,
                                   const Clock& clock) {
  return store.put_reconciliation({.at_us = clock.now_us(),
                                   .commit = result.commit,
                                   .differences = differences(result),
                                   .differs = names(result, Agreement::differs),
                                   .not_looked_at = names(result, Agreement::not_looked_at),
                                   .refused = result.refused});
}

std::string in_words(const Reconciliation& result) {
  const std::string commit = fmt::format(" as of commit {}", result.commit);
  if (!result.good()) {
    const std::uint64_t all = differences(result);
    const Difference& first = result.differences.front();
    return fmt::format("{}{}{}: {}: {}", all, all == 1 ? " difference" : " differences", commit,
                       first.what, first.where);
  }
  const std::string open = names(result, Agreement::not_looked_at);
  return "reconciled" + commit + (open.empty() ? "" : "; not looked at: " + open);
}

}  // namespace teller
