#include "store/store_sqlite_client.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace teller::sqlite {

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
      SQLITE_OK) {
    fault();
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind_all(std::span<const DefinitionValue> values) {
  reset();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
      put_number(at, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&values[i])) {
      put(at, *text);
    } else {
      put_null(at);
    }
  }
  return *this;
}

DefinitionValue Statement::definition_value(int column, DefinitionColumn::Type type) {
  if (null(column)) return {};
  switch (type) {
    case DefinitionColumn::Type::text:
    case DefinitionColumn::Type::time:
      return text_view(column);
    case DefinitionColumn::Type::bytes:
      return as_text(bytes(column));
    default:
      return number(column);
  }
}

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

std::int64_t Statement::number(int column) {
  must_be(column, SQLITE_INTEGER);
  return sqlite3_column_int64(statement_, column);
}

bool Statement::null(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

ByteView Statement::bytes(int column) {
  must_be(column, SQLITE_BLOB);
  return raw(column);
}

std::string_view Statement::text_view(int column) {
  must_be(column, SQLITE_TEXT);
  return as_text(raw(column));
}

ByteView Statement::raw(int column) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

namespace {

const char* name_of_type(int type) {
  switch (type) {
    case SQLITE_INTEGER:
      return "a whole number";
    case SQLITE_FLOAT:
      return "a fraction";
    case SQLITE_TEXT:
      return "text";
    default:
      return "bytes";
  }
}

}  // namespace

void Statement::must_be(int column, int type) const {
  const int there = sqlite3_column_type(statement_, column);
  if (there == type || there == SQLITE_NULL) return;
  throw CellFault{fmt::format("{}: {} where {} belongs, in \"{}\"",
                              sqlite3_column_name(statement_, column), name_of_type(there),
                              name_of_type(type), sqlite3_sql(statement_))};
}

void Statement::other_size(int column, std::size_t size) const {
  throw CellFault{fmt::format(
      "{}: {} bytes where {} belong, in \"{}\"", sqlite3_column_name(statement_, column),
      sqlite3_column_bytes(statement_, column), size, sqlite3_sql(statement_))};
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

namespace {

// A file that another process may be writing must have its memory beside it; on media where it
// cannot be made nobody writes, and the file is all there is. Not so where a WAL holds more.
bool is_all_there_is(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::path wal = path;
  wal += "-wal";
  return !std::filesystem::exists(wal, ignored) || std::filesystem::file_size(wal, ignored) == 0;
}

std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

void keep_no_sum_of_memory() {
  // Refused where somebody else has begun to use SQLite in this process: then it keeps one.
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(code);
}

int open_reading(const std::filesystem::path& path, sqlite3** db) {
  keep_no_sum_of_memory();
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  const int opened = sqlite3_open_v2(path.c_str(), db, flags, nullptr);
  if (opened != SQLITE_OK) return opened;
  const int looked = sqlite3_exec(*db, "select 1 from sqlite_master", nullptr, nullptr, nullptr);
  const bool closed_to_us =
      (looked & 0xFF) == SQLITE_CANTOPEN || (looked & 0xFF) == SQLITE_READONLY;
  if (!closed_to_us || !is_all_there_is(path)) return SQLITE_OK;
  sqlite3_close_v2(*db);
  return sqlite3_open_v2(immutable_uri(path).c_str(), db, flags | SQLITE_OPEN_URI, nullptr);
}

Error error_of(const SqlFault& fault, sqlite3* db) {
  Error error = error_of(fault);
  const char* file = sqlite3_db_filename(db, "main");
  if (file == nullptr || *file == 0) return error;
  error.detail = fmt::format("{}: {}", file, error.detail);
  if ((fault.code & 0xFF) == SQLITE_CANTOPEN || (fault.code & 0xFF) == SQLITE_READONLY) {
    error.detail +=
        "; it was not closed, and its folder cannot be written: copy the whole home to where it "
        "can";
  }
  return error;
}

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
