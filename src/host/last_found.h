// What the checks said last, on its way from their thread to that of the alarms, until all of it has been
// told there.
//
// The checks look again at the same commit (a line of the audit log is news too), so that a commit does
// not say whether something is newer: a number does.
//
// Safe from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "host/alarm_message.h"

namespace teller {

class LastFound {
 public:
  struct Found {
    std::vector<AlarmFinding> findings;
    std::uint64_t commit = 0, errors = 0, warnings = 0;
    std::uint64_t number = 0;  // put() gives it.
  };

  // In the place of what was there.
  void put(Found found) {
    const std::scoped_lock lock(mutex_);
    found.number = ++taken_;
    found_ = std::move(found);
  }
  // Nothing: all of it was told.
  [[nodiscard]] std::optional<Found> look() const {
    const std::scoped_lock lock(mutex_);
    return found_;
  }
  // All of it was told; what was put since it was looked at stays.
  void told(const Found& all) {
    const std::scoped_lock lock(mutex_);
    if (found_ && found_->number == all.number) found_.reset();
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t taken_ = 0;
  std::optional<Found> found_;
};

}  // namespace teller
