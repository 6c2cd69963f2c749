#include "host/recent_totals.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/as_of.h"

namespace teller {

Result<std::shared_ptr<const Snapshot>> RecentTotals::newest() {
  const std::scoped_lock lock(mutex_);
  return read_newest();
}

// With the mutex held, so that those who ask at once wait for one that reads.
Result<std::shared_ptr<const Snapshot>> RecentTotals::read_newest() {
  const auto head = decided(store_->totals_since(after_all_commits), *count_, *store_);
  if (!head) return std::unexpected(head.error());
  if (!kept_.empty() && kept_.back().snapshot->head == head->head) {
    kept_.back().told = now_();
    forget();
    return kept_.back().snapshot;
  }
  auto read = decided(store_->snapshot(), *count_, *store_);
  if (!read) return std::unexpected(read.error());
  auto snapshot = std::make_shared<const Snapshot>(*std::move(read));
  // A store that was put back to an older copy: nothing of before is true any more.
  if (!kept_.empty() && kept_.back().snapshot->head.commit >= snapshot->head.commit) kept_.clear();
  if (snapshot->totals.size() <= rows_max_) kept_.push_back({snapshot, now_()});
  forget();
  return snapshot;
}

// What was told too long ago, and of the rest the oldest while it is too much. The last one stays.
void RecentTotals::forget() {
  const auto now = now_();
  std::size_t rows = 0;
  for (const Kept& each : kept_) rows += each.snapshot->totals.size();
  while (kept_.size() > 1 && (rows > rows_max_ || now - kept_.front().told > kept_for)) {
    rows -= kept_.front().snapshot->totals.size();
    kept_.pop_front();
  }
}

Result<std::shared_ptr<const Snapshot>> RecentTotals::as_of(std::uint64_t commit) {
  const std::scoped_lock lock(mutex_);
  for (Kept& each : kept_) {
    if (each.snapshot->head.commit != commit) continue;
    each.told = now_();
    return each.snapshot;
  }
  auto last = read_newest();
  if (!last || (*last)->head.commit == commit) return last;
  std::string kept;
  for (const Kept& each : kept_) {
    kept += fmt::format("{}{}", kept.empty() ? "" : ", ", each.snapshot->head.commit);
  }
  return fail(
      Remedy::reject, "http.query_invalid",
      fmt::format("of commit {} no figures are kept here ({}); without as_of they are those "
                  "of commit {}, the last one",
                  commit, kept.empty() ? "of none, there are too many" : "but of " + kept,
                  (*last)->head.commit));
}

}  // namespace teller
