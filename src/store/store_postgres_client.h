// The client of PostgreSQL: one connection, statements with their parameters, answers, COPY, and
// which remedy an error calls for. Private to the adapter (store_postgres.h), of which
// store_postgres_client.cc alone knows libpq.
//
// Always true:
//   - Parameters, answers and rows of COPY are in the binary form.
//   - After an error of run(), run_script(), copy_in() or copy_out() the transaction is over on the
//     server's side; only roll_back() may follow.
//   - No wait is without a limit (PostgresPatience); what ends at one is a lost connection.
//   - An error shows the server's own sentence and never DETAIL, which shows a row.
//
// Errors: reject count.none (the tables are not there for this account), retry store.unavailable
// (nothing was written), stop store.io, and of commit() alone abort store.unknown.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "store/store_postgres.h"

struct pg_conn;    // PGconn of libpq.
struct pg_result;  // PGresult of libpq.

namespace teller::postgres {

template <std::integral T>
void append_big_endian(Bytes& out, T value) {
  using U = std::make_unsigned_t<T>;
  for (std::size_t byte = sizeof(T); byte-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(static_cast<U>(value) >> (8 * byte)));
  }
}

// Of 1, 2, 4 or 8 bytes, as `boolean`, `smallint`, `integer` and `bigint` come.
[[nodiscard]] std::int64_t from_big_endian(ByteView bytes);

// As `bigint` holds it: what lies above is its greatest number.
[[nodiscard]] std::int64_t signed_of(std::uint64_t value);

class Wait;  // store_postgres_wait.h

// Parameters of one statement, in the binary form.
class Parameters {
 public:
  Parameters& bigint(std::int64_t value);
  Parameters& bigint(std::uint64_t value) { return bigint(signed_of(value)); }
  Parameters& integer(std::int32_t value);
  Parameters& text(std::string_view value);
  Parameters& bytes(ByteView value);
  Parameters& bigints(std::span<const std::int64_t> values);  // bigint[]

 private:
  friend class Database;
  Bytes& begin(unsigned type);
  std::vector<unsigned> types_;  // As pg_type.h numbers them.
  std::vector<Bytes> values_;
};

// What a statement answered: rows of columns in the binary form.
class Answer {
 public:
  explicit Answer(pg_result* result) : result_(result) {}
  [[nodiscard]] int rows() const;
  [[nodiscard]] bool null(int row, int column) const;
  [[nodiscard]] ByteView bytes(int row, int column) const;
  [[nodiscard]] std::string text(int row, int column) const {
    return std::string(as_text(bytes(row, column)));
  }
  [[nodiscard]] std::int64_t number(int row, int column) const {
    return null(row, column) ? 0 : from_big_endian(bytes(row, column));
  }
  [[nodiscard]] std::uint64_t natural(int row, int column) const {
    return static_cast<std::uint64_t>(number(row, column));
  }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array(int row, int column) const {
    std::array<std::uint8_t, N> result{};
    const ByteView raw = bytes(row, column);
    std::copy_n(raw.begin(), std::min(raw.size(), N), result.begin());
    return result;
  }
  // Of UPDATE and INSERT.
  [[nodiscard]] std::uint64_t rows_changed() const;

 private:
  friend class Database;
  struct Clears {
    void operator()(pg_result* result) const;
  };
  [[nodiscard]] std::string_view sqlstate() const;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] bool good() const;

  std::unique_ptr<pg_result, Clears> result_;
};

// Rows for COPY … FROM STDIN in the binary form.
class CopyRows {
 public:
  CopyRows();
  CopyRows& row(std::int16_t columns) {
    append_big_endian(out_, columns);
    return *this;
  }
  template <std::signed_integral T>
  CopyRows& number(T value) {
    append_big_endian(out_, static_cast<std::int32_t>(sizeof(T)));
    append_big_endian(out_, value);
    return *this;
  }
  CopyRows& integer(std::uint64_t value) { return number(static_cast<std::int32_t>(value)); }
  CopyRows& bigint(std::uint64_t value) { return number(signed_of(value)); }
  CopyRows& boolean(bool value) {
    append_big_endian(out_, std::int32_t{1});
    out_.push_back(value ? 1 : 0);
    return *this;
  }
  CopyRows& bytes(ByteView value) {
    append_big_endian(out_, static_cast<std::int32_t>(value.size()));
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
  }
  CopyRows& text(std::string_view value) { return bytes(as_bytes(value)); }
  CopyRows& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  CopyRows& null() {
    append_big_endian(out_, std::int32_t{-1});
    return *this;
  }
  // All of it; nothing may be added afterwards.
  [[nodiscard]] ByteView finish() {
    append_big_endian(out_, std::int16_t{-1});
    return out_;
  }

 private:
  Bytes out_;
};

// One connection and the transaction that runs on it. Not safe from two threads at once.
class Database {
 public:
  Database(std::string conninfo, PostgresPatience patience)
      : conninfo_(std::move(conninfo)), patience_(patience) {}

  [[nodiscard]] Result<Answer> run(const char* sql, const Parameters& parameters = {});
  // Any number of statements, without parameters; the answer to the last.
  [[nodiscard]] Result<Answer> run_script(const std::string& sql);
  [[nodiscard]] Result<void> copy_in(const char* sql, CopyRows& rows);
  // Calls `row` with the columns of each row of COPY (…) TO STDOUT in the binary form, which costs
  // neither a copy of the whole in memory nor text.
  [[nodiscard]] Result<void> copy_out(const std::string& sql,
                                      const std::function<void(const std::vector<ByteView>&)>& row);

  // Begins a transaction, on a new connection if there is none or it proves dead.
  [[nodiscard]] Result<void> begin(const char* sql);
  // After an error the transaction is over, on both sides.
  void roll_back();
  // Only a clean answer says what happened.
  [[nodiscard]] Result<void> commit();

 private:
  struct Closes {
    void operator()(pg_conn* connection) const;
  };
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Answer execute(const char* sql);
  [[nodiscard]] Result<Answer> judge(Answer answer);
  [[nodiscard]] Result<void> drain(Wait& wait);
  // A connection on which an answer was not waited for any more is closed.
  void note(const Wait& wait);
  [[nodiscard]] Error error(const Answer& answer) const;
  [[nodiscard]] Error lost() const;

  std::string conninfo_;
  PostgresPatience patience_;
  std::unique_ptr<pg_conn, Closes> connection_;
  std::string given_up_;  // Why the last connection was closed, if it was for that.
};

}  // namespace teller::postgres
