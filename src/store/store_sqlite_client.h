// The client of SQLite: prepared statements and the faults they throw. Private to the adapter
// (store_sqlite.h).
//
// Always true:
//   - Values are bound, never written into the text of a statement.
//   - A value is read as what its column is for, or not at all. SQLite keeps anything in any column, makes a whole number of
//     the beginning of a text ("80e3" is 80) and calculates in a view with all of it (80,000).
//   - What SQLite refuses is thrown as a SqlFault and becomes an Error at the border of the adapter
//     (store_sqlite_connection.h), which rolls back.
//
// Errors: a CellFault is stop store.definition; error_of() says retry store.unavailable (locked or full: nothing was written) or stop
// store.io.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "store/definition_rows.h"

struct sqlite3;
struct sqlite3_stmt;

namespace teller::sqlite {

// Leaves a call of this adapter; becomes an Error at its border.
struct SqlFault {
  int code;
  std::string text;
};

// The same, of a cell that is not of its column's type.
struct CellFault {
  std::string what;  // "value: text where a whole number belongs, in …"
};

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int at = 0;
    (put(++at, values), ...);
    return *this;
  }
  Statement& bind_all(std::span<const DefinitionValue> values);
  // True when there is a row.
  bool step();
  // For statements without rows. Returns how many rows it changed.
  int run();
  [[nodiscard]] std::int64_t number(int column);
  // Valid until the next step. A time is its text.
  [[nodiscard]] DefinitionValue definition_value(int column, DefinitionColumn::Type type);
  [[nodiscard]] std::uint64_t count(int column) {
    return static_cast<std::uint64_t>(number(column));
  }
  [[nodiscard]] bool null(int column);
  // Of NULL nothing, and of a number 0.
  [[nodiscard]] ByteView bytes(int column);
  [[nodiscard]] std::string_view text_view(int column);  // Valid until the next step.
  [[nodiscard]] std::string text(int column) { return std::string(text_view(column)); }
  // Exactly as many bytes, or NULL.
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array(int column) {
    std::array<std::uint8_t, N> result{};
    const ByteView value = bytes(column);
    if (!value.empty() && value.size() != N) other_size(column, N);
    std::ranges::copy(value, result.begin());
    return result;
  }

 private:
  [[noreturn]] void fault() const;
  [[noreturn]] void other_size(int column, std::size_t size) const;
  void must_be(int column, int type) const;
  [[nodiscard]] ByteView raw(int column);
  void reset();

  template <std::integral T>
  void put(int at, T value) {
    put_number(at, static_cast<std::int64_t>(value));
  }
  void put(int at, std::string_view value);
  void put(int at, const char* value) { put(at, std::string_view(value)); }
  void put(int at, const std::string& value) { put(at, std::string_view(value)); }
  void put(int at, ByteView value);
  template <std::size_t N>
  void put(int at, const std::array<std::uint8_t, N>& value) {
    put(at, ByteView(value));
  }
  void put(int at, const Bytes& value) { put(at, ByteView(value)); }
  template <typename T>
  void put(int at, const std::optional<T>& value) {
    if (value) {
      put(at, *value);
    } else {
      put_null(at);
    }
  }
  void put_number(int at, std::int64_t value);
  void put_null(int at);

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

[[nodiscard]] Error error_of(const SqlFault& fault);
// The same with the file's name.
[[nodiscard]] Error error_of(const SqlFault& fault, sqlite3* db);

// Before the first connection of the process is opened. SQLite's sum of its own memory, which nobody
// reads here, takes a lock for each piece: a tenth of the work of a commit.
void keep_no_sum_of_memory();

// Opens a file only to read it, also on media that cannot be written. SQLite's code; `db` is to be
// closed in any case.
[[nodiscard]] int open_reading(const std::filesystem::path& path, sqlite3** db);

}  // namespace teller::sqlite
