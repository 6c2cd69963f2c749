#include "store/store_sqlite.h"

#include <utility>

#include <sqlite3.h>

#include "store/store_sqlite_connection.h"

namespace teller {

using sqlite::Statement;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_file(const std::filesystem::path& path,
                                                            bool read_only) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return fail(Remedy::reject, "file.missing", path.string() + " is not there");
  }
  return open_with(path, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, read_only);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::make_file(const std::filesystem::path& path) {
  return open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, false);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_with(const std::filesystem::path& path,
                                                            int flags, bool read_only) {
  sqlite::keep_no_sum_of_memory();
  auto connection = std::make_unique<sqlite::Connection>();
  connection->read_only = read_only;
  const int opened = read_only ? sqlite::open_reading(path, &connection->db)
                               : sqlite3_open_v2(path.c_str(), &connection->db,
                                                 flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) {
    return fail(Remedy::stop, "store.io", path.string() + ": " + sqlite3_errmsg(connection->db));
  }
  try {
    sqlite3_busy_timeout(connection->db, 10'000);
    if (!read_only) connection->run("pragma journal_mode = wal");
    connection->run(
        "pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536");
  } catch (const sqlite::SqlFault& fault) {
    return std::unexpected(sqlite::error_of(fault, connection->db));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(connection)));
}

SqliteStore::SqliteStore(std::unique_ptr<sqlite::Connection> connection)
    : connection_(std::move(connection)) {}
SqliteStore::~SqliteStore() = default;

Result<void> SqliteStore::halt(std::uint16_t partition, std::string_view because) {
  return connection_->writing([&] {
    Statement(connection_->db, "update partitions set halted_because = ? where partition = ?")
        .bind(because, partition)
        .run();
  });
}

Result<void> SqliteStore::skip_to(std::uint64_t commit) {
  return connection_->writing([&] {
    Statement(connection_->db, "update head set commit_number = max(commit_number, ?)")
        .bind(commit)
        .run();
  });
}

Result<void> SqliteStore::bind_journal(std::string_view journal_id) {
  return connection_->writing([&] {
    {
      Statement select(connection_->db, "select journal_id from head");
      if (select.step() && !select.null(0) && select.text(0) != journal_id) {
        throw Error{Remedy::reject, "journal.other", "the positions belong to another journal"};
      }
    }
    Statement(connection_->db, "update head set journal_id = ?").bind(journal_id).run();
  });
}

}  // namespace teller
