// Reconciles again and again in a thread of its own, and keeps what the last pass said for whoever
// asks: metrics, the health of a process, a line on a board.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/repeating.h"
#include "base/time.h"
#include "http/metrics.h"
#include "operate/reconciler.h"
#include "store/audit_store.h"

namespace teller {

class ReconcileLoop {
 public:
  struct Options {
    std::function<Result<Reconciliation>(Reconciler::Wanted)> run;
    Reconciler::Wanted wanted;
    std::chrono::milliseconds every = std::chrono::minutes(1);
    // After each pass, from the loop's thread, when the metrics have it; an error means that the
    // store could not be asked.
    std::function<void(const Result<Reconciliation>&)> told;
  };
  // The first pass begins at once; the destructor waits for the pass that runs.
  explicit ReconcileLoop(Options options);
  ReconcileLoop(const ReconcileLoop&) = delete;
  ReconcileLoop& operator=(const ReconcileLoop&) = delete;

  // Adds reconcile_differences, reconcile_not_looked_at, reconcile_commit, reconcile_age_seconds,
  // reconcile_passes_total and reconcile_failed_total. The loop outlives the last text().
  void watch(Metrics& metrics);

 private:
  void pass();
  [[nodiscard]] double ask(std::function<double()> value);

  Options options_;
  std::mutex mutex_;
  std::uint64_t passes_ = 0, failed_ = 0;
  std::optional<Reconciliation> last_;
  std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
  Repeating thread_;  // The last member: it uses all others.
};

// Leaves in `store`, for the board, the part of it that everybody may read, which has no figure.
[[nodiscard]] Result<void> record_reconciliation(AuditStore& store, const Reconciliation& result,
                                                 const Clock& clock);

// "reconciled as of commit 12", or "3 differences as of commit 12: static files = store: …".
[[nodiscard]] std::string in_words(const Reconciliation& result);

}  // namespace teller
