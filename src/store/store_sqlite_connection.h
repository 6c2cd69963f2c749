// One connection to the file of a store: a transaction at a time, the versions of its tables, and
// whose count it is. Private to the adapter (store_sqlite.h); the voters' roll (voters/voters_file.h) uses
// its transactions alone.
//
// Always true:
//   - What runs in writing() or reading() is one transaction under one lock; a SqlFault or an Error
//     that it throws rolls it back and is the answer.
//   - So does a CellFault, whose answer names table, column and row where these can be found.
//   - Tables go forward only: a file of schema/sql/sqlite that has run is never run again.
//
// Errors: those of store_sqlite_client.h and store_sqlite_made.h; reject count.none, count.other, store.newer, store.older.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/count_store.h"
#include "store/store_sqlite_client.h"

namespace teller::sqlite {

struct Connection {
  std::mutex mutex;
  sqlite3* db = nullptr;
  bool read_only = false;
  std::optional<CountId> count;
  std::size_t partitions = 0;

  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run(std::string_view sql);

  // Runs `body` in one transaction under the lock; a fault rolls back and becomes an Error.
  template <typename Body>
  auto transaction(std::string_view begin, Body body) -> Result<decltype(body())> {
    const std::scoped_lock lock(mutex);
    try {
      run(begin);
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
        run("commit");
        return {};
      } else {
        auto result = body();
        run("commit");
        return result;
      }
    } catch (const SqlFault& fault) {
      roll_back();
      return std::unexpected(error_of(fault, db));
    } catch (const CellFault& fault) {
      Error error = error_of_cell(fault);
      roll_back();
      return std::unexpected(std::move(error));
    } catch (Error& error) {
      roll_back();
      return std::unexpected(std::move(error));
    }
  }
  template <typename Body>
  auto writing(Body body) {
    return transaction("begin immediate", std::move(body));
  }
  template <typename Body>
  auto reading(Body body) {
    return transaction("begin", std::move(body));
  }

  [[nodiscard]] bool has_count();
  [[nodiscard]] bool has_table(std::string_view name);
  // How many of the schema files this store has run. The first of them kept no list.
  [[nodiscard]] std::size_t schema_version();
  // Throws an Error if the tables are a newer program's, or too old to be read as they are. True if
  // there are schema files that they have not run.
  [[nodiscard]] bool check_schema();
  // Runs the schema files that are missing; throws an Error if the store is a newer program's.
  void bring_up();
  // Runs the first `version` of them in a file that holds nothing.
  void make_tables(std::size_t version);
  // Where the count is published after the close of voting: the pub_* views have no row until officers
  // have closed it in every partition, or never where its certified result is published alone. For a store whose
  // tables are ours.
  void hold_back_views();
  // "after_close" or "certified"; empty where nothing is held back.
  [[nodiscard]] std::string held_publication();
  // Throws an Error unless this is the count.
  void must_hold(const CountFile& wanted);

  [[nodiscard]] Head head();
  [[nodiscard]] std::vector<PartitionRow> rows();

  // What this program makes of the same version: in memory, and kept for the next look.
  std::unique_ptr<Connection> as_made;
  std::size_t as_made_version = 0;
  std::string as_made_held;  // Its held_publication().

 private:
  void roll_back();
  [[nodiscard]] Error error_of_cell(const CellFault& fault);
  void make_tables(std::size_t from, std::size_t version);
};

// A file that is there and is no store, to read and write; `pragmas` are run in it.
[[nodiscard]] Result<std::unique_ptr<Connection>> open_other_file(const std::filesystem::path& file,
                                                                  std::string_view pragmas);

}  // namespace teller::sqlite
