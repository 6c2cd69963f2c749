// Figures as of the last commit and of those that were asked for a moment ago, so that who reads in
// several requests can read all of it as of one commit, and many who read at once read the store once.
//
// What always holds: what is given is one snapshot of the store, whole, as it was read. A commit is
// kept for two minutes after it was last told, in this process alone, and only if somebody asked while
// it was the last one: the store has figures as of now and of no other time. What is kept is bounded;
// of a count with more figures than that nothing is, and each request reads the store. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "election/count_file.h"
#include "store/count_store.h"

namespace teller {

class RecentTotals {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr std::chrono::seconds kept_for{120};
  // 40 bytes each, of all commits together.
  static constexpr std::size_t rows_kept_max = 1'000'000;

  // `count` and `store` outlive it.
  RecentTotals(const CountFile& count, CountReader& store, Now now = std::chrono::steady_clock::now,
               std::size_t rows_max = rows_kept_max)
      : count_(&count), store_(&store), now_(std::move(now)), rows_max_(rows_max) {}

  // As of the last commit. Errors: as decided() of as_of.h.
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> newest();

  // As of this commit. Errors: reject http.query_invalid, which says what is; those of newest().
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> as_of(std::uint64_t commit);

 private:
  struct Kept {
    std::shared_ptr<const Snapshot> snapshot;
    std::chrono::steady_clock::time_point told;
  };
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> read_newest();
  void forget();

  const CountFile* count_;
  CountReader* store_;
  const Now now_;
  const std::size_t rows_max_;
  std::mutex mutex_;
  std::deque<Kept> kept_;  // By commit, ascending.
};

}  // namespace teller
