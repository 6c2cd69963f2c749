#include "store/store_sqlite_client.h"

#include <sqlite3.h>

namespace teller::sqlite {

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
      SQLITE_OK) {
    fault();
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fault();
  return false;
}

int Statement::run() {
  while (step()) {
  }
  const int changed = sqlite3_changes(db_);
  reset();
  return changed;
}

std::int64_t Statement::number(int column) { return sqlite3_column_int64(statement_, column); }

bool Statement::null(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

ByteView Statement::bytes(int column) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Statement::fault() const { throw SqlFault{sqlite3_errcode(db_), sqlite3_errmsg(db_)}; }

void Statement::reset() { sqlite3_reset(statement_); }

// SQLite takes a null pointer, which an empty view may have, for NULL.
void Statement::put(int at, std::string_view value) {
  sqlite3_bind_text(statement_, at, value.empty() ? "" : value.data(),
                    static_cast<int>(value.size()), SQLITE_TRANSIENT);
}

void Statement::put(int at, ByteView value) {
  sqlite3_bind_blob(statement_, at, value.empty() ? "" : static_cast<const void*>(value.data()),
                    static_cast<int>(value.size()), SQLITE_TRANSIENT);
}

void Statement::put_number(int at, std::int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
}

void Statement::put_null(int at) { sqlite3_bind_null(statement_, at); }

Error error_of(const SqlFault& fault) {
  switch (fault.code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
      return {Remedy::retry, "store.unavailable", fault.text};
    default:
      return {Remedy::stop, "store.io", fault.text};
  }
}

}  // namespace teller::sqlite
