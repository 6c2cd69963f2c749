// One session of the store with PostgreSQL: a transaction at a time, and whose count it is. Private
// to the adapter (store_postgres.h).
//
// Always true:
//   - write() is one READ COMMITTED transaction that commits when its work succeeds; read() is one
//     REPEATABLE READ transaction and never changes anything.
//   - What belongs to another count than the one the store was opened for is refused.
//
// Errors: those of store_postgres_client.h; reject count.other, count.none.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/count_store.h"
#include "store/store_postgres_client.h"

// Microseconds since 1970 in and out of timestamptz, exactly.
#define US_TO_TIME(parameter) "timestamptz 'epoch' + " parameter " * interval '1 microsecond'"
#define TIME_TO_US(column) "coalesce((extract(epoch from " column ") * 1000000)::bigint, 0)"

namespace teller::postgres {

class Session {
 public:
  Session(std::string conninfo, PostgresPatience patience)
      : database_(std::move(conninfo), patience) {}

  // Runs `work` in one transaction: Result<T>(Database&).
  template <typename Work>
  auto write(Work work) -> decltype(work(std::declval<Database&>())) {
    const std::lock_guard lock(mutex_);
    if (auto begun = database_.begin(begin_write); !begun) return std::unexpected(begun.error());
    auto result = work(database_);
    if (!result) {
      database_.roll_back();
      return result;
    }
    if (auto done = database_.commit(); !done) return std::unexpected(done.error());
    return result;
  }

  template <typename Work>
  auto read(Work work) -> decltype(work(std::declval<Database&>())) {
    return undone(begin_read, std::move(work));
  }

  // Like read(), of work that makes temporary tables: nothing of it stays.
  template <typename Work>
  auto try_out(Work work) -> decltype(work(std::declval<Database&>())) {
    return undone(begin_try, std::move(work));
  }

  // Refuses another count than the one this store was opened for.
  [[nodiscard]] Result<void> check_count(const CountId& found) const;
  void belongs_to(const CountId& count);

  // The head, and the hash of the presentation that is shown; refuses another count.
  [[nodiscard]] Result<std::pair<Head, Hash>> read_head(Database& database) const;

 private:
  // Nothing of the work stays.
  template <typename Work>
  auto undone(const char* begin, Work work) -> decltype(work(std::declval<Database&>())) {
    const std::lock_guard lock(mutex_);
    if (auto begun = database_.begin(begin); !begun) return std::unexpected(begun.error());
    auto result = work(database_);
    database_.roll_back();
    return result;
  }

  static constexpr const char* begin_write = "begin isolation level read committed read write";
  static constexpr const char* begin_read =
      "begin isolation level repeatable read read only; set local statement_timeout = '10min'";
  static constexpr const char* begin_try =
      "begin isolation level repeatable read read write; set local statement_timeout = '10min'";

  std::mutex mutex_;
  Database database_;
  std::optional<CountId> count_;
};

// Rows of `partitions` that `which` picks ("where … order by partition …").
[[nodiscard]] Result<std::vector<PartitionRow>> read_partitions(Database& database,
                                                                const std::string& which,
                                                                const Parameters& parameters = {});

}  // namespace teller::postgres
