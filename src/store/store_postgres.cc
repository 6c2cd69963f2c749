#include "store/store_postgres.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <mutex>
#include <utility>

#include <libpq-fe.h>

#include "base/check.h"
#include "embedded/sql_postgres_001_count.h"
#include "embedded/sql_postgres_002_audit.h"
#include "embedded/sql_postgres_003_reconcile.h"
#include "embedded/sql_postgres_004_figures.h"
#include "log/merkle.h"
#include "store/cell_moves.h"
#include "store/commit_check.h"

namespace teller {
namespace {

// schema/sql/postgres, in order. A store has run the first n of them; schema_files says which n.
constexpr std::array<std::string_view, 4> schema_files{
    embedded::sql_postgres_001_count, embedded::sql_postgres_002_audit,
    embedded::sql_postgres_003_reconcile, embedded::sql_postgres_004_figures};

// Types of parameters, as pg_type.h numbers them.
constexpr Oid bytea_oid = 17, bigint_oid = 20, integer_oid = 23, text_oid = 25;

// What a session is told once. Somebody who holds the head row and falls silent is cut off, so that
// the others can go on; a commit that cannot be durable is no commit.
constexpr const char* session_settings =
    "set search_path = teller, pg_temp;"
    "set time zone 'UTC';"
    "set client_min_messages = warning;"
    "set statement_timeout = '60s';"
    "set lock_timeout = '20s';"
    "set idle_in_transaction_session_timeout = '60s';"
    "select set_config('synchronous_commit', 'on', false)"
    " where current_setting('synchronous_commit') = 'off'";

struct Closes {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clears {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Closes>;

template <std::integral T>
void append_big_endian(Bytes& out, T value) {
  using U = std::make_unsigned_t<T>;
  for (std::size_t byte = sizeof(T); byte-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(static_cast<U>(value) >> (8 * byte)));
  }
}

// Of 2, 4 or 8 bytes, as `smallint`, `integer` and `bigint` come.
std::int64_t from_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  switch (bytes.size()) {
    case 1:
      return static_cast<std::int64_t>(value);
    case 2:
      return static_cast<std::int16_t>(value);
    case 4:
      return static_cast<std::int32_t>(value);
    default:
      check(bytes.size() == 8, "PostgreSQL sends numbers of 1, 2, 4 or 8 bytes");
      return static_cast<std::int64_t>(value);
  }
}

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min(value, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

// Parameters of one statement, in the binary form.
class Parameters {
 public:
  Parameters& bigint(std::int64_t value) {
    append_big_endian(begin(bigint_oid), value);
    return *this;
  }
  Parameters& bigint(std::uint64_t value) { return bigint(signed_of(value)); }
  Parameters& integer(std::int32_t value) {
    append_big_endian(begin(integer_oid), value);
    return *this;
  }
  Parameters& text(std::string_view value) {
    const ByteView bytes = as_bytes(value);
    begin(text_oid).assign(bytes.begin(), bytes.end());
    return *this;
  }
  Parameters& bytes(ByteView value) {
    begin(bytea_oid).assign(value.begin(), value.end());
    return *this;
  }

 private:
  friend class Database;
  Bytes& begin(Oid type) {
    types_.push_back(type);
    return values_.emplace_back();
  }
  std::vector<Oid> types_;
  std::vector<Bytes> values_;
};

// What a statement answered: rows of columns in the binary form.
class Answer {
 public:
  explicit Answer(PGresult* result) : result_(result) {}
  [[nodiscard]] int rows() const { return PQntuples(result_.get()); }
  [[nodiscard]] bool null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) == 1;
  }
  [[nodiscard]] ByteView bytes(int row, int column) const {
    return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row, column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
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
  [[nodiscard]] std::uint64_t rows_changed() const {
    const std::string_view text = PQcmdTuples(result_.get());
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  [[nodiscard]] std::string_view sqlstate() const {
    const char* state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
    return state == nullptr ? "" : state;
  }
  // Without DETAIL, which shows the row and so a total that policy may not let out.
  [[nodiscard]] std::string message() const {
    const char* text = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
    if (text == nullptr) text = PQresultErrorMessage(result_.get());
    return text;
  }
  [[nodiscard]] ExecStatusType status() const { return PQresultStatus(result_.get()); }
  [[nodiscard]] bool good() const {
    return status() == PGRES_COMMAND_OK || status() == PGRES_TUPLES_OK;
  }
  [[nodiscard]] std::string_view command() const { return PQcmdStatus(result_.get()); }

 private:
  std::unique_ptr<PGresult, Clears> result_;
};

// Rows for COPY … FROM STDIN in the binary form.
class CopyRows {
 public:
  CopyRows() {
    static constexpr std::array<std::uint8_t, 19> head{'P', 'G',  'C',  'O',  'P',
                                                       'Y', '\n', 0xFF, '\r', '\n'};
    out_.assign(head.begin(), head.end());
  }
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

// The server (or the way to it) is gone, full, in recovery, in our way or too slow: the same call
// may succeed later.
bool may_pass(std::string_view sqlstate) {
  static constexpr std::array<std::string_view, 8> classes{"08", "28", "40",    "53",
                                                           "55", "57", "25006", "25P03"};
  return sqlstate.empty() || std::ranges::any_of(classes, [&](std::string_view each) {
           return sqlstate.starts_with(each);
         });
}

Error error_of(std::string_view sqlstate, std::string detail) {
  if (sqlstate == "42P01" || sqlstate == "3F000") {
    return {Remedy::reject, "count.none",
            "the database holds no count that this account may see: " + std::move(detail)};
  }
  if (may_pass(sqlstate)) return {Remedy::retry, "store.unavailable", std::move(detail)};
  detail.append(" (SQLSTATE ").append(sqlstate).append(")");
  return {Remedy::stop, "store.io", std::move(detail)};
}

std::string_view without_newline(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// One connection and the transaction that runs on it.
class Database {
 public:
  explicit Database(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  [[nodiscard]] Result<Answer> run(const char* sql, const Parameters& parameters = {}) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const Bytes& value : parameters.values_) {
      values.push_back(value.empty() ? "" : reinterpret_cast<const char*>(value.data()));
      lengths.push_back(static_cast<int>(value.size()));
    }
    const std::vector<int> formats(values.size(), 1);
    return judge(Answer(PQexecParams(connection_.get(), sql, static_cast<int>(values.size()),
                                     parameters.types_.data(), values.data(), lengths.data(),
                                     formats.data(), 1)));
  }

  // Any number of statements, without parameters; the answer to the last.
  [[nodiscard]] Result<Answer> run_script(const std::string& sql) {
    return judge(Answer(PQexec(connection_.get(), sql.c_str())));
  }

  [[nodiscard]] Result<void> copy_in(const char* sql, CopyRows& rows) {
    if (auto started = Answer(PQexec(connection_.get(), sql)); started.status() != PGRES_COPY_IN) {
      return std::unexpected(error(started));
    }
    ByteView left = rows.finish();
    constexpr std::size_t piece_bytes = 1 << 18;
    bool sent = true;
    while (sent && !left.empty()) {
      const ByteView piece = left.first(std::min(left.size(), piece_bytes));
      sent = PQputCopyData(connection_.get(), reinterpret_cast<const char*>(piece.data()),
                           static_cast<int>(piece.size())) == 1;
      left = left.subspan(piece.size());
    }
    if (sent) sent = PQputCopyEnd(connection_.get(), nullptr) == 1;
    if (!sent) return std::unexpected(lost());
    return drain();
  }

  // Calls `row` with the columns of each row of COPY (…) TO STDOUT in the binary form, which costs
  // neither a copy of the whole in memory nor text.
  template <typename OnRow>
  [[nodiscard]] Result<void> copy_out(const std::string& sql, OnRow row) {
    if (auto started = Answer(PQexec(connection_.get(), sql.c_str()));
        started.status() != PGRES_COPY_OUT) {
      return std::unexpected(error(started));
    }
    bool first = true;
    std::vector<ByteView> columns;
    while (true) {
      char* raw = nullptr;
      const int size = PQgetCopyData(connection_.get(), &raw, 0);
      if (size == -1) return drain();
      if (size < 0) return std::unexpected(lost());
      const std::unique_ptr<char, decltype(&PQfreemem)> owned(raw, &PQfreemem);
      ByteView in{reinterpret_cast<const std::uint8_t*>(raw), static_cast<std::size_t>(size)};
      const auto take = [&in](std::size_t bytes) {
        check(bytes <= in.size(), "a row of COPY holds what it says");
        const ByteView taken = in.first(bytes);
        in = in.subspan(bytes);
        return taken;
      };
      if (std::exchange(first, false)) (void)take(19);  // Signature, flags, no extension.
      if (in.empty()) continue;
      const std::int64_t count = from_big_endian(take(2));
      if (count < 0) continue;  // The end of the rows.
      columns.clear();
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t bytes = from_big_endian(take(4));
        columns.push_back(bytes < 0 ? ByteView{} : take(static_cast<std::size_t>(bytes)));
      }
      row(columns);
    }
  }

  // Begins a transaction, on a new connection if there is none or it proves dead.
  [[nodiscard]] Result<void> begin(const char* sql) {
    for (int attempt = 0;; ++attempt) {
      if (auto ready = connect(); !ready) return ready;
      const Answer begun(PQexec(connection_.get(), sql));
      if (begun.good()) return {};
      const Error why = error(begun);
      const bool dead = PQstatus(connection_.get()) != CONNECTION_OK;
      connection_.reset();
      if (!dead || attempt > 0) return std::unexpected(why);
    }
  }

  // After an error the transaction is over, on both sides.
  void roll_back() {
    if (connection_ == nullptr) return;
    const Answer done(PQexec(connection_.get(), "rollback"));
    if (!done.good()) connection_.reset();
  }

  // Only a clean answer says what happened.
  [[nodiscard]] Result<void> commit() {
    const Answer done(PQexec(connection_.get(), "commit"));
    if (done.good()) {
      check(done.command() == "COMMIT", "a transaction without an error commits");
      return {};
    }
    const Error why = error(done);
    // ERROR ends the transaction and leaves the session; anything else may come from a server that
    // has committed and is dying.
    const bool refused = PQstatus(connection_.get()) == CONNECTION_OK && !done.sqlstate().empty();
    if (refused) return std::unexpected(why);
    connection_.reset();
    return fail(Remedy::abort, "store.unknown", "no answer to COMMIT: " + why.detail);
  }

 private:
  [[nodiscard]] Result<void> connect() {
    if (connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK) return {};
    // Before `dbname`, whose words are then stronger.
    static constexpr std::array<const char*, 9> names{
        "connect_timeout",  "keepalives_idle",  "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "fallback_application_name",
        "dbname",           "client_encoding",  nullptr};
    const std::array<const char*, 9> values{
        "5", "5", "2", "3", "15000", "teller", conninfo_.c_str(), "UTF8", nullptr};
    connection_.reset(PQconnectdbParams(names.data(), values.data(), 1));
    if (connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK) {
      Error why = lost();
      connection_.reset();
      return std::unexpected(std::move(why));
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_TERSE);
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    if (auto set = run_script(session_settings); !set) {
      connection_.reset();
      return std::unexpected(set.error());
    }
    return {};
  }

  [[nodiscard]] Result<Answer> judge(Answer answer) {
    if (answer.good()) return answer;
    return std::unexpected(error(answer));
  }

  // The answers that follow a COPY.
  [[nodiscard]] Result<void> drain() {
    Result<void> outcome;
    while (PGresult* raw = PQgetResult(connection_.get())) {
      const Answer answer(raw);
      if (!answer.good() && outcome) outcome = std::unexpected(error(answer));
    }
    return outcome;
  }

  [[nodiscard]] Error error(const Answer& answer) const {
    return error_of(answer.sqlstate(), std::string(without_newline(answer.message())));
  }
  [[nodiscard]] Error lost() const {
    return error_of("", std::string(without_newline(PQerrorMessage(connection_.get()))));
  }

  std::string conninfo_;
  Connection connection_;
};

// Microseconds since 1970 in and out of timestamptz, exactly.
#define US_TO_TIME(parameter) "timestamptz 'epoch' + " parameter " * interval '1 microsecond'"
#define TIME_TO_US(column) "coalesce((extract(epoch from " column ") * 1000000)::bigint, 0)"

constexpr const char* begin_write = "begin isolation level read committed read write";
constexpr const char* begin_read =
    "begin isolation level repeatable read read only; set local statement_timeout = '10min'";
constexpr std::int64_t timeline_interval_us = 1'000'000;

struct LockedHead {
  CountId count;
  std::uint64_t commit = 0;
  std::size_t partitions = 0;
  bool timeline_due = false;
};

StepRow step_row(const Answer& in, int row) {
  return {.partition = static_cast<std::uint16_t>(in.number(row, 0)),
          .number = in.natural(row, 1),
          .from = in.natural(row, 2),
          .to = in.natural(row, 3),
          .commit = in.natural(row, 4),
          .log_size = in.natural(row, 5),
          .root = in.array<32>(row, 6),
          .segment = in.array<32>(row, 7)};
}

StatementRow statement_row(const Answer& in, int row) {
  const ByteView bytes = in.bytes(row, 2);
  return {.number = in.natural(row, 0),
          .commit = in.natural(row, 1),
          .bytes = Bytes(bytes.begin(), bytes.end()),
          .checkpoint = in.text(row, 3)};
}

AuditRow audit_row(const Answer& in, int row) {
  const ByteView bytes = in.bytes(row, 1);
  return {.number = in.natural(row, 0), .bytes = Bytes(bytes.begin(), bytes.end())};
}

}  // namespace

class PostgresStore::Session {
 public:
  explicit Session(std::string conninfo) : database_(std::move(conninfo)) {}

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
    const std::lock_guard lock(mutex_);
    if (auto begun = database_.begin(begin_read); !begun) return std::unexpected(begun.error());
    auto result = work(database_);
    database_.roll_back();
    return result;
  }

  // Refuses another count than the one this store was opened for.
  [[nodiscard]] Result<void> check_count(const CountId& found) const {
    if (!count_ || *count_ == found) return {};
    return fail(Remedy::reject, "count.other",
                "the database holds count " + found.hex() + ", not " + count_->hex());
  }
  void belongs_to(const CountId& count) {
    const std::lock_guard lock(mutex_);
    count_ = count;
  }

  // The head, and the hash of the presentation that is shown; refuses another count.
  [[nodiscard]] Result<std::pair<Head, Hash>> read_head(Database& database) const {
    auto rows = database.run("select count_id, commit_number, " TIME_TO_US(
        "committed_at") ", status,"
                        " (select hash from presentations order by version desc limit 1)"
                        " from head");
    if (!rows) return std::unexpected(rows.error());
    if (rows->rows() != 1) return fail(Remedy::reject, "count.none", "the head row is missing");
    if (auto same = check_count({rows->array<16>(0, 0)}); !same) {
      return std::unexpected(same.error());
    }
    return std::pair{Head{.commit = rows->natural(0, 1),
                          .committed_at_us = rows->number(0, 2),
                          .status = rows->text(0, 3)},
                     rows->array<32>(0, 4)};
  }

  [[nodiscard]] Result<std::vector<PartitionRow>> read_partitions(Database& database) const {
    auto in = database.run(
        "select partition, step, position, log_size, root, counted, duplicate, conflict, rejected,"
        " coalesce(halted_because, ''), halted_because is not null"
        " from partitions order by partition");
    if (!in) return std::unexpected(in.error());
    std::vector<PartitionRow> rows;
    rows.reserve(static_cast<std::size_t>(in->rows()));
    for (int row = 0; row < in->rows(); ++row) rows.push_back(partition_row(*in, row));
    return rows;
  }

  [[nodiscard]] Result<Snapshot> read_snapshot(std::uint64_t after) {
    return read([&](Database& database) -> Result<Snapshot> {
      Snapshot snapshot;
      auto head = read_head(database);
      if (!head) return std::unexpected(head.error());
      std::tie(snapshot.head, snapshot.presentation) = *head;
      auto partitions = read_partitions(database);
      if (!partitions) return std::unexpected(partitions.error());
      snapshot.partitions = std::move(*partitions);
      auto copied = database.copy_out(
          "copy (select contest, slot, unit, method, value, known, withheld, changed_at_commit"
          " from totals where changed_at_commit > " +
              std::to_string(signed_of(after)) +
              " order by contest, slot, unit, method) to stdout (format binary)",
          [&](const std::vector<ByteView>& in) {
            const auto u32 = [&](std::size_t i) {
              return static_cast<std::uint32_t>(from_big_endian(in[i]));
            };
            snapshot.totals.push_back(
                {.key = {.contest = {u32(0)},
                         .slot = static_cast<std::uint16_t>(u32(1)),
                         .unit = {u32(2)},
                         .method = {u32(3)}},
                 .total = {.value = from_big_endian(in[4]),
                           .known = static_cast<std::int8_t>(from_big_endian(in[5])),
                           .withheld = static_cast<std::int8_t>(from_big_endian(in[6]))},
                 .changed_at_commit = static_cast<std::uint64_t>(from_big_endian(in[7]))});
          });
      if (!copied) return std::unexpected(copied.error());
      return snapshot;
    });
  }

  // Locks the head: from here to the end of the transaction nobody else commits.
  [[nodiscard]] Result<LockedHead> lock_head(Database& database, std::int64_t now_us) const {
    auto in =
        database.run("select count_id, commit_number, timeline_at is null or $1 - " TIME_TO_US(
                         "timeline_at") " >= $2, partitions from head for update",
                     Parameters().bigint(now_us).bigint(timeline_interval_us));
    if (!in) return std::unexpected(in.error());
    if (in->rows() != 1) return fail(Remedy::reject, "count.none", "the head row is missing");
    LockedHead head{.count = {in->array<16>(0, 0)},
                    .commit = in->natural(0, 1),
                    .partitions = static_cast<std::size_t>(in->number(0, 3)),
                    .timeline_due = in->number(0, 2) != 0};
    if (auto same = check_count(head.count); !same) return std::unexpected(same.error());
    return head;
  }

  [[nodiscard]] Result<std::vector<PartitionRow>> lock_partitions(
      Database& database, const std::vector<Change>& changes) const {
    std::string list = "{";
    for (const Change& change : changes) {
      if (list.size() > 1) list += ',';
      list += std::to_string(change.partition);
    }
    list += '}';
    auto in = database.run(
        "select partition, step, position, log_size, root, counted, duplicate, conflict, rejected,"
        " coalesce(halted_because, ''), halted_because is not null"
        " from partitions where partition = any ($1::integer[]) order by partition for update",
        Parameters().text(list));
    if (!in) return std::unexpected(in.error());
    std::vector<PartitionRow> rows;
    for (int row = 0; row < in->rows(); ++row) rows.push_back(partition_row(*in, row));
    return rows;
  }

  // How far the tables are, and whether we may change them.
  struct Schema {
    bool there = false, ours = false;
    std::size_t version = 0;  // How many of schema_files it has run; 0: no count yet.
  };
  [[nodiscard]] static Result<void> lock_schema(Database& database) {
    auto locked = database.run_script(
        "set local statement_timeout = 0;"
        "select pg_advisory_xact_lock(7093842)");
    if (!locked) return std::unexpected(locked.error());
    return {};
  }
  [[nodiscard]] static Result<Schema> read_schema(Database& database) {
    auto found = database.run(
        "select exists (select 1 from pg_namespace where nspname = 'teller'),"
        " exists (select 1 from pg_namespace where nspname = 'teller'"
        " and pg_has_role(current_user, nspowner, 'member')),"
        " exists (select 1 from pg_class where relnamespace = to_regnamespace('teller')"
        " and relname = 'head'),"
        " exists (select 1 from pg_class where relnamespace = to_regnamespace('teller')"
        " and relname = 'schema_files')");
    if (!found) return std::unexpected(found.error());
    Schema schema{.there = found->number(0, 0) != 0, .ours = found->number(0, 1) != 0};
    if (found->number(0, 2) != 0) schema.version = 1;  // The first file kept no list.
    if (found->number(0, 3) == 0) return schema;
    found = database.run("select max(number) from schema_files");
    if (!found) return std::unexpected(found.error());
    schema.version = found->natural(0, 0);
    return schema;
  }
  [[nodiscard]] static Result<void> may_be_used(const Schema& schema) {
    const std::string is =
        "the store's tables are of version " + std::to_string(schema.version) + ", this program ";
    const std::string ours = std::to_string(schema_files.size());
    if (schema.version > schema_files.size()) {
      return fail(Remedy::reject, "store.newer", is + "knows " + ours);
    }
    if (schema.version < schema_files.size() && !schema.ours) {
      return fail(Remedy::reject, "store.older", is + "needs " + ours);
    }
    return {};
  }
  // Runs the schema files that are missing.
  [[nodiscard]] static Result<void> bring_up(Database& database, const Schema& schema) {
    if (auto right = may_be_used(schema); !right && schema.version > 0) return right;
    for (std::size_t at = schema.version; at < schema_files.size(); ++at) {
      auto made = database.run_script(std::string(schema_files[at]));
      if (made && at > 0) {  // The list itself came with the second.
        made = database.run("insert into schema_files values ($1)",
                            Parameters().integer(static_cast<std::int32_t>(at + 1)));
      }
      if (!made) return std::unexpected(made.error());
    }
    return {};
  }

  [[nodiscard]] Result<void> write_definition(Database& database, const Rules& rules,
                                              const Presentation& presentation,
                                              const CountFile& count) const;
  [[nodiscard]] static Result<void> describe_contests(Database& database, const Rules& rules);
  [[nodiscard]] Result<void> write_changes(Database& database, const std::vector<Change>& accepted,
                                           std::uint64_t commit) const;
  [[nodiscard]] static Result<void> write_cells(Database& database,
                                                const std::vector<CellMove>& moves);
  [[nodiscard]] Result<void> write_totals(Database& database, const std::vector<Change>& accepted,
                                          std::uint64_t commit) const;

 private:
  static PartitionRow partition_row(const Answer& in, int row) {
    return {.partition = static_cast<std::uint16_t>(in.number(row, 0)),
            .committed = {.number = in.natural(row, 1),
                          .position = in.natural(row, 2),
                          .log_size = in.natural(row, 3),
                          .root = in.array<32>(row, 4)},
            .outcomes = {.counted = in.natural(row, 5),
                         .duplicate = in.natural(row, 6),
                         .conflict = in.natural(row, 7),
                         .rejected = in.natural(row, 8)},
            .halted = in.number(row, 10) != 0,
            .halted_because = in.text(row, 9)};
  }

  std::mutex mutex_;
  Database database_;
  std::optional<CountId> count_;
};

PostgresStore::PostgresStore(std::string conninfo)
    : session_(std::make_unique<Session>(std::move(conninfo))) {}

PostgresStore::~PostgresStore() = default;

// ------------------------------------------------------------------------------------------ create

Result<void> PostgresStore::create(const Rules& rules, const Presentation& presentation,
                                   const CountFile& count) {
  auto created = session_->write([&](Database& database) -> Result<void> {
    // Two that create at once wait for each other; the second finds what the first has made.
    if (auto alone = Session::lock_schema(database); !alone) return alone;
    auto schema = session_->read_schema(database);
    if (!schema) return std::unexpected(schema.error());
    if (schema->version > 0) {
      auto found = database.run("select count_id from head");
      if (!found) return std::unexpected(found.error());
      if (found->rows() == 1 && found->array<16>(0, 0) == count.id.bytes) {
        if (auto made = session_->bring_up(database, *schema); !made) return made;
        return Session::describe_contests(database, rules);
      }
      return fail(Remedy::reject, "count.other",
                  "the database holds another count than " + count.id.hex());
    }
    if (!schema->there) {
      if (auto made = database.run("create schema teller"); !made) {
        return std::unexpected(made.error());
      }
    }
    if (auto made = session_->bring_up(database, *schema); !made) return made;
    auto written = session_->write_definition(database, rules, presentation, count);
    if (written) written = Session::describe_contests(database, rules);
    if (!written) return written;
    // Until PostgreSQL has looked at the units, views over them are planned as if there were few.
    auto looked = database.run_script("analyze units, options, contests, methods");
    if (!looked) return std::unexpected(looked.error());
    return {};
  });
  if (created) session_->belongs_to(count.id);
  return created;
}

Result<void> PostgresStore::Session::write_definition(Database& database, const Rules& rules,
                                                      const Presentation& presentation,
                                                      const CountFile& count) const {
  CopyRows methods, parties, units, contests, contest_methods, options, option_parties, candidates;
  for (std::size_t i = 0; i < rules.methods.size(); ++i) {
    methods.row(3).integer(i).text(rules.methods[i].id).text(rules.methods[i].name);
  }
  for (std::size_t i = 0; i < rules.parties.size(); ++i) {
    const auto look = presentation.parties.find(rules.parties[i].id);
    parties.row(4).integer(i).text(rules.parties[i].id).text(rules.parties[i].name);
    parties.text_or_null(look == presentation.parties.end() ? "" : look->second.colour);
  }

  struct Place {
    std::int32_t depth = 0;
    std::optional<std::uint32_t> top;
  };
  std::vector<Place> places;
  places.reserve(rules.units.size());
  for (std::uint32_t i = 0; i < rules.units.size(); ++i) {
    const Unit& unit = rules.units[i];
    Place place;
    if (unit.parent) {
      const Place& above = places.at(unit.parent->value);
      place = {above.depth + 1, above.depth == 0 ? i : above.top};
    }
    places.push_back(place);
    const auto registered = presentation.registered.find(unit.id);
    units.row(8).integer(i).text(unit.id).text(unit.name).text(unit.kind);
    unit.parent ? units.integer(unit.parent->value) : units.null();
    units.number(place.depth);
    place.top ? units.integer(*place.top) : units.null();
    registered == presentation.registered.end() ? units.null() : units.bigint(registered->second);
  }

  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    contests.row(9).integer(i).text(contest.id).text(contest.name).text(to_text(contest.kind));
    contests.integer(contest.seats).integer(contest.votes_allowed);
    contests.text(contest.share_base).text(contest.decides).integer(contest.unit.value);
    for (std::size_t m = 0; m < contest.counted_from.size(); ++m) {
      contest_methods.row(3).integer(i).integer(m).boolean(contest.counted_from[m] ==
                                                           CountedFrom::sheets);
    }
    for (std::size_t o = 0; o < contest.options.size(); ++o) {
      const Option& option = contest.options[o];
      const auto found = presentation.options.find(contest.id + "/" + option.id);
      const OptionLook look = found == presentation.options.end() ? OptionLook{} : found->second;
      options.row(8).integer(i).integer(o).text(option.id).text(option.name);
      options.text(look.short_name.empty() ? option.name : look.short_name);
      options.text(to_text(option.kind)).text_or_null(look.colour).text_or_null(look.photo);
      for (std::size_t p = 0; p < option.parties.size(); ++p) {
        option_parties.row(4).integer(i).integer(o).integer(option.parties[p].value).integer(p);
      }
      for (std::size_t c = 0; c < option.candidates.size(); ++c) {
        const Candidate& candidate = option.candidates[c];
        candidates.row(5).integer(i).integer(o).integer(c).text(candidate.id).text(candidate.name);
      }
    }
  }

  CopyRows partitions;
  for (std::uint32_t i = 0; i < count.partitions; ++i) {
    partitions.row(2).integer(i).bytes(empty_root());
  }

  const std::array<std::pair<const char*, CopyRows*>, 9> tables{{
      {"copy methods (method, id, name) from stdin (format binary)", &methods},
      {"copy parties (party, id, name, colour) from stdin (format binary)", &parties},
      {"copy units (unit, id, name, kind, parent, depth, top, registered)"
       " from stdin (format binary)",
       &units},
      {"copy contests (contest, id, name, kind, seats, votes_allowed, share_base, decides, unit)"
       " from stdin (format binary)",
       &contests},
      {"copy contest_methods (contest, method, from_sheets) from stdin (format binary)",
       &contest_methods},
      {"copy options (contest, slot, id, name, short_name, kind, colour, photo)"
       " from stdin (format binary)",
       &options},
      {"copy option_parties (contest, slot, party, place) from stdin (format binary)",
       &option_parties},
      {"copy candidates (contest, slot, place, id, name) from stdin (format binary)", &candidates},
      {"copy partitions (partition, root) from stdin (format binary)", &partitions},
  }};
  for (const auto& [sql, rows] : tables) {
    if (auto copied = database.copy_in(sql, *rows); !copied) return copied;
  }

  auto done = database.run(
      "insert into presentations (version, hash, bytes, actor, reason)"
      " values (1, $1, $2, 'init', 'first version')",
      Parameters().bytes(presentation.hash()).bytes(as_bytes(presentation.bytes)));
  if (done) {
    done = database.run(
        "insert into head (count_id, count_file, mode, label, publication, election, time_zone,"
        " rules_hash, partitions) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Parameters()
            .bytes(count.id.bytes)
            .bytes(as_bytes(count.bytes))
            .text(to_text(count.mode))
            .text(count.label)
            .text(count.publication)
            .text(rules.election)
            .text(rules.time_zone)
            .bytes(rules.hash())
            .integer(count.partitions));
  }
  if (!done) return std::unexpected(done.error());
  return {};
}

// What later tables have of the rules; a store of an older program is told at its next `init`.
Result<void> PostgresStore::Session::describe_contests(Database& database, const Rules& rules) {
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    auto told = database.run(
        "update contests set write_ins = ($2 = 1), leaf_units = $3 where contest = $1"
        " and (write_ins <> ($2 = 1) or leaf_units <> $3)",
        std::move(Parameters()
                      .integer(static_cast<std::int32_t>(i))
                      .integer(contest.write_ins ? 1 : 0)
                      .bigint(std::int64_t{rules.leaf_units(contest.unit)})));
    if (!told) return std::unexpected(told.error());
  }
  return {};
}

Result<void> PostgresStore::open(const CountFile& count) {
  session_->belongs_to(count.id);
  Session::Schema schema;
  auto right = session_->read([&](Database& database) -> Result<void> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto found = session_->read_schema(database);
    if (!found) return std::unexpected(found.error());
    schema = *found;
    return Session::may_be_used(schema);
  });
  if (!right || schema.version == schema_files.size()) return right;
  return session_->write([&](Database& database) -> Result<void> {
    // Two that open at once wait for each other; the second finds what the first has made.
    if (auto alone = Session::lock_schema(database); !alone) return alone;
    auto found = session_->read_schema(database);
    if (!found) return std::unexpected(found.error());
    return session_->bring_up(database, *found);
  });
}

// ------------------------------------------------------------------------------------------ commit

Result<CommitOutcome> PostgresStore::commit(std::span<const Bytes> changes,
                                            std::int64_t committed_at_us) {
  return session_->write([&](Database& database) -> Result<CommitOutcome> {
    auto head = session_->lock_head(database, committed_at_us);
    if (!head) return std::unexpected(head.error());
    auto decoded = decode_changes(changes, head->count, head->partitions);
    if (!decoded) return std::unexpected(decoded.error());
    auto rows = session_->lock_partitions(database, *decoded);
    if (!rows) return std::unexpected(rows.error());

    CommitOutcome outcome{.commit = head->commit, .verdicts = {}};
    std::vector<Change> accepted;
    for (Change& change : *decoded) {
      const auto row = std::ranges::find(*rows, change.partition, &PartitionRow::partition);
      check(row != rows->end(), "each partition of a count has its row");
      if (auto refusal = refusal_of(change, *row)) {
        outcome.verdicts.push_back({false, *std::move(refusal)});
      } else {
        outcome.verdicts.push_back({true, {}});
        accepted.push_back(std::move(change));
      }
    }
    if (accepted.empty()) return outcome;

    ++outcome.commit;
    if (auto written = session_->write_changes(database, accepted, outcome.commit); !written) {
      return std::unexpected(written.error());
    }
    auto moved = database.run(
        "update head set commit_number = $1, committed_at = " US_TO_TIME(
            "$2") ", timeline_at = case when $3 = 1 then " US_TO_TIME("$2") " else timeline_at end",
        Parameters()
            .bigint(outcome.commit)
            .bigint(committed_at_us)
            .integer(head->timeline_due ? 1 : 0));
    if (moved && head->timeline_due) {
      moved = database.run(
          "insert into timeline (commit_number, at, contest, slot, value) select $1, " US_TO_TIME(
              "$2") ", contest, slot, value from contest_totals where slot < 65280",
          Parameters().bigint(outcome.commit).bigint(committed_at_us));
    }
    if (!moved) return std::unexpected(moved.error());
    return outcome;
  });
}

Result<void> PostgresStore::Session::write_changes(Database& database,
                                                   const std::vector<Change>& accepted,
                                                   std::uint64_t commit) const {
  CopyRows steps, incidents, decreases;
  bool any_incident = false, any_fall = false;
  for (const Change& change : accepted) {
    auto moved = database.run(
        "update partitions set step = $2, position = $3, log_size = $4, root = $5,"
        " counted = counted + $6, duplicate = duplicate + $7, conflict = conflict + $8,"
        " rejected = rejected + $9, changed_at_commit = $10 where partition = $1",
        Parameters()
            .integer(change.partition)
            .bigint(change.number)
            .bigint(change.to)
            .bigint(change.log_size)
            .bytes(change.root)
            .bigint(change.outcomes.counted)
            .bigint(change.outcomes.duplicate)
            .bigint(change.outcomes.conflict)
            .bigint(change.outcomes.rejected)
            .bigint(commit));
    if (!moved) return std::unexpected(moved.error());

    steps.row(8).integer(change.partition).bigint(change.number).bigint(change.from);
    steps.bigint(change.to).bigint(commit).bigint(change.log_size).bytes(change.root);
    steps.bytes(change.segment);
    for (const Incident& incident : change.incidents) {
      const bool conflict = incident.outcome == Outcome::conflict;
      any_incident = true;
      incidents.row(9).integer(change.partition).bigint(incident.position).integer(incident.index);
      incidents.text(to_text(incident.outcome)).text(conflict ? "" : code_of(incident.reason));
      incidents.bytes(incident.id.bytes).bytes(incident.leaf);
      conflict ? incidents.bytes(incident.counted) : incidents.null();
      incidents.bigint(commit);
    }
    for (std::size_t i = 0; i < change.decreases.size(); ++i) {
      const FigureDecrease& decrease = change.decreases[i];
      any_fall = true;
      decreases.row(11).integer(change.partition).bigint(change.number).integer(i).bigint(commit);
      decreases.integer(decrease.key.contest.value)
          .integer(decrease.key.slot)
          .integer(decrease.key.unit.value);
      decreases.integer(decrease.key.method.value).bigint(decrease.before).bigint(decrease.after);
      decreases.text(decrease.reason);
    }
  }

  auto done = database.copy_in(
      "copy steps (partition, step, from_position, to_position, commit_number, log_size, root,"
      " segment) from stdin (format binary)",
      steps);
  if (done && any_incident) {
    done = database.copy_in(
        "copy incidents (partition, position, place, outcome, reason, entry_id, leaf,"
        " counted_leaf, commit_number) from stdin (format binary)",
        incidents);
  }
  if (done && any_fall) {
    done = database.copy_in(
        "copy falls (partition, step, place, commit_number, contest, slot, unit, method,"
        " before_value, after_value, reason) from stdin (format binary)",
        decreases);
  }
  if (!done) return done;
  return write_totals(database, accepted, commit);
}

// The changes go into a table of this session's own in one stream; then each table of totals is
// moved by one UPDATE of the rows that are there and one INSERT of those that are not.
Result<void> PostgresStore::Session::write_totals(Database& database,
                                                  const std::vector<Change>& accepted,
                                                  std::uint64_t commit) const {
  std::vector<TotalChange> all;
  for (const Change& change : accepted) {
    all.insert(all.end(), change.totals.begin(), change.totals.end());
  }
  std::ranges::sort(all, {}, &TotalChange::key);
  CopyRows stage;
  std::uint64_t staged = 0;
  for (auto from = all.begin(); from != all.end();) {
    const TotalKey key = from->key;
    std::int64_t value = 0;
    int known = 0, withheld = 0;
    for (; from != all.end() && from->key == key; ++from) {
      value += from->by.value;
      known += from->by.known;
      withheld += from->by.withheld;
    }
    stage.row(7).integer(key.contest.value).integer(key.slot).integer(key.unit.value);
    stage.integer(key.method.value).number(value);
    stage.number(static_cast<std::int16_t>(known)).number(static_cast<std::int16_t>(withheld));
    ++staged;
  }
  if (staged == 0) return {};

  auto made = database.run(
      "create temporary table if not exists stage (contest integer not null, slot integer not"
      " null, unit integer not null, method integer not null, value bigint not null, known smallint"
      " not null, withheld smallint not null) on commit delete rows");
  if (!made) return std::unexpected(made.error());
  if (auto copied = database.copy_in("copy stage from stdin (format binary)", stage); !copied) {
    return copied;
  }

  const Parameters at = std::move(Parameters().bigint(commit));
  auto updated = database.run(
      "update totals t set value = t.value + s.value, known = t.known + s.known,"
      " withheld = t.withheld + s.withheld, changed_at_commit = $1 from stage s"
      " where t.contest = s.contest and t.slot = s.slot and t.unit = s.unit"
      " and t.method = s.method",
      at);
  if (updated && updated->rows_changed() < staged) {
    updated = database.run(
        "insert into totals (contest, slot, unit, method, value, known, withheld,"
        " changed_at_commit) select contest, slot, unit, method, value, known, withheld, $1"
        " from stage s where not exists (select 1 from totals t where t.contest = s.contest"
        " and t.slot = s.slot and t.unit = s.unit and t.method = s.method)"
        " order by contest, slot, unit, method",
        at);
  }
  static constexpr std::array sums{
      "with moved as (select contest, slot, sum(value)::bigint as value, sum(known)::bigint as"
      " known, sum(withheld)::bigint as withheld from stage group by contest, slot)"
      " update contest_totals t set value = t.value + m.value, known = t.known + m.known,"
      " withheld = t.withheld + m.withheld, changed_at_commit = $1 from moved m"
      " where t.contest = m.contest and t.slot = m.slot",

      "with moved as (select contest, slot, sum(value)::bigint as value, sum(known)::bigint as"
      " known, sum(withheld)::bigint as withheld from stage group by contest, slot)"
      " insert into contest_totals (contest, slot, value, known, withheld, changed_at_commit)"
      " select contest, slot, value, known, withheld, $1 from moved m where not exists"
      " (select 1 from contest_totals t where t.contest = m.contest and t.slot = m.slot)",

      "with moved as (select unit, coalesce(sum(value) filter (where slot = 65280), 0)::bigint"
      " as cards, coalesce(sum(value) filter (where slot = 65288), 0)::bigint as sheets"
      " from stage where contest = 65535 group by unit)"
      " update unit_cards t set cards = t.cards + m.cards, sheets = t.sheets + m.sheets,"
      " changed_at_commit = $1 from moved m where t.unit = m.unit",

      "with moved as (select unit, coalesce(sum(value) filter (where slot = 65280), 0)::bigint"
      " as cards, coalesce(sum(value) filter (where slot = 65288), 0)::bigint as sheets"
      " from stage where contest = 65535 group by unit)"
      " insert into unit_cards (unit, cards, sheets, changed_at_commit)"
      " select unit, cards, sheets, $1 from moved m where not exists"
      " (select 1 from unit_cards t where t.unit = m.unit)"};
  for (const char* sql : sums) {
    if (updated) updated = database.run(sql, at);
  }
  if (!updated) return std::unexpected(updated.error());
  return write_cells(database, cell_moves(all));
}

Result<void> PostgresStore::Session::write_cells(Database& database,
                                                 const std::vector<CellMove>& moves) {
  if (moves.empty()) return {};
  CopyRows stage;
  for (const CellMove& move : moves) {
    stage.row(9).integer(move.contest.value).integer(move.unit.value).integer(move.method.value);
    stage.number(move.figures).number(move.cards);
    stage.number(move.options_known).number(move.options_withheld);
    stage.number(move.write_ins_known).number(move.write_ins_withheld);
  }
  auto made = database.run(
      "create temporary table if not exists stage_cells (contest integer not null, unit integer"
      " not null, method integer not null, figures bigint not null, cards bigint not null,"
      " options_known bigint not null, options_withheld bigint not null, write_ins_known bigint"
      " not null, write_ins_withheld bigint not null) on commit delete rows");
  if (!made) return std::unexpected(made.error());
  if (auto copied = database.copy_in("copy stage_cells from stdin (format binary)", stage);
      !copied) {
    return copied;
  }
  auto moved = database.run(
      "update cells c set figures = c.figures + s.figures, cards = c.cards + s.cards,"
      " options_known = c.options_known + s.options_known,"
      " options_withheld = c.options_withheld + s.options_withheld,"
      " write_ins_known = c.write_ins_known + s.write_ins_known,"
      " write_ins_withheld = c.write_ins_withheld + s.write_ins_withheld from stage_cells s"
      " where c.contest = s.contest and c.unit = s.unit and c.method = s.method");
  if (moved && moved->rows_changed() < moves.size()) {
    moved = database.run(
        "insert into cells select * from stage_cells s where not exists (select 1 from cells c"
        " where c.contest = s.contest and c.unit = s.unit and c.method = s.method)");
  }
  if (!moved) return std::unexpected(moved.error());
  return {};
}

// ----------------------------------------------------------------------------------------- reading

Result<std::vector<PartitionRow>> PostgresStore::partitions() {
  return session_->read([&](Database& database) -> Result<std::vector<PartitionRow>> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    return session_->read_partitions(database);
  });
}

Result<Snapshot> PostgresStore::snapshot() { return session_->read_snapshot(0); }

Result<Snapshot> PostgresStore::totals_since(std::uint64_t after) {
  return session_->read_snapshot(after);
}

Result<Head> PostgresStore::head() {
  return session_->read([&](Database& database) -> Result<Head> {
    auto found = session_->read_head(database);
    if (!found) return std::unexpected(found.error());
    return found->first;
  });
}

Result<std::vector<StepRow>> PostgresStore::steps(std::uint64_t after, std::uint64_t upto) {
  return session_->read([&](Database& database) -> Result<std::vector<StepRow>> {
    auto in = database.run(
        "select partition, step, from_position, to_position, commit_number, log_size, root, segment"
        " from steps where commit_number > $1 and commit_number <= $2 order by partition, step",
        Parameters().bigint(after).bigint(upto));
    if (!in) return std::unexpected(in.error());
    std::vector<StepRow> rows;
    for (int row = 0; row < in->rows(); ++row) rows.push_back(step_row(*in, row));
    return rows;
  });
}

Result<std::optional<StepRow>> PostgresStore::step(std::uint16_t partition, std::uint64_t number) {
  return session_->read([&](Database& database) -> Result<std::optional<StepRow>> {
    auto in = database.run(
        "select partition, step, from_position, to_position, commit_number, log_size, root, segment"
        " from steps where partition = $1 and step = $2",
        Parameters().integer(partition).bigint(number));
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<StepRow>{};
    return step_row(*in, 0);
  });
}

Result<std::vector<Store::IncidentRow>> PostgresStore::incidents(std::uint64_t after_commit,
                                                                 std::uint64_t limit) {
  return session_->read([&](Database& database) -> Result<std::vector<IncidentRow>> {
    auto in = database.run(
        "select i.partition, i.position, i.place, outcome, reason, entry_id, leaf, counted_leaf,"
        " commit_number, as_partition, as_position, as_place"
        " from (select * from incidents where commit_number > $1"
        " order by commit_number fetch first $2 rows with ties) i"
        " left join replays r on r.partition = i.partition and r.position = i.position"
        " and r.place = i.place order by commit_number, i.partition, i.position, i.place",
        Parameters().bigint(after_commit).bigint(limit));
    if (!in) return std::unexpected(in.error());
    std::vector<IncidentRow> rows;
    for (int row = 0; row < in->rows(); ++row) {
      Incident incident;
      incident.position = in->natural(row, 1);
      incident.index = static_cast<std::uint32_t>(in->number(row, 2));
      if (in->text(row, 3) == to_text(Outcome::rejected)) {
        incident.outcome = Outcome::rejected;
        const auto reason = reason_named(in->text(row, 4));
        if (!reason) {
          return fail(Remedy::stop, "store.io",
                      "an incident has the reason '" + in->text(row, 4) + "', which is not known");
        }
        incident.reason = *reason;
      }
      incident.id.bytes = in->array<16>(row, 5);
      incident.leaf = in->array<32>(row, 6);
      if (!in->null(row, 7)) incident.counted = in->array<16>(row, 7);
      rows.push_back({.partition = static_cast<std::uint16_t>(in->number(row, 0)),
                      .commit = in->natural(row, 8),
                      .incident = incident});
      if (!in->null(row, 9)) {
        rows.back().replayed_as =
            EntryPlace{static_cast<std::uint16_t>(in->number(row, 9)), in->natural(row, 10),
                       static_cast<std::uint32_t>(in->number(row, 11))};
      }
    }
    return rows;
  });
}

// -------------------------------------------------------------------------------------- statements

Result<bool> PostgresStore::put_statement(const StatementRow& row) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto put = database.run(
        "insert into statements (number, commit_number, bytes, checkpoint)"
        " values ($1, $2, $3, $4) on conflict do nothing",
        Parameters().bigint(row.number).bigint(row.commit).bytes(row.bytes).text(row.checkpoint));
    if (!put) return std::unexpected(put.error());
    return put->rows_changed() == 1;
  });
}

Result<std::optional<StatementRow>> PostgresStore::last_statement() {
  return session_->read([&](Database& database) -> Result<std::optional<StatementRow>> {
    auto in = database.run(
        "select number, commit_number, bytes, checkpoint from statements"
        " order by number desc limit 1");
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<StatementRow>{};
    return statement_row(*in, 0);
  });
}

Result<std::vector<StatementRow>> PostgresStore::statements(std::uint64_t first,
                                                            std::uint64_t limit) {
  return session_->read([&](Database& database) -> Result<std::vector<StatementRow>> {
    auto in = database.run(
        "select number, commit_number, bytes, checkpoint from statements"
        " where number >= $1 order by number limit $2",
        Parameters().bigint(first).bigint(limit));
    if (!in) return std::unexpected(in.error());
    std::vector<StatementRow> rows;
    for (int row = 0; row < in->rows(); ++row) rows.push_back(statement_row(*in, row));
    return rows;
  });
}

// ----------------------------------------------------------------------- halts, audit log, journal

Result<void> PostgresStore::halt(std::uint16_t partition, std::string_view because) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update partitions set halted_because = $2 where partition = $1",
                             Parameters().integer(partition).text(because));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<bool> PostgresStore::put_audit(const AuditRow& row, const OfficerAction& action) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(
        "insert into audit (number, bytes) select $1, $2 where $1 = (select count(*) from audit)"
        " on conflict do nothing",
        Parameters().bigint(row.number).bytes(row.bytes));
    if (!done) return std::unexpected(done.error());
    if (done->rows_changed() == 0) return false;
    if (action.resumed) {
      done = database.run("update partitions set halted_because = null where partition = $1",
                          Parameters().integer(*action.resumed));
    }
    for (const auto& [rejected, again] : action.replays) {
      if (!done) break;
      done = database.run(
          "insert into replays (partition, position, place, as_partition, as_position, as_place,"
          " audit_number) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
          Parameters()
              .integer(rejected.partition)
              .bigint(rejected.position)
              .integer(static_cast<std::int32_t>(rejected.index))
              .integer(again.partition)
              .bigint(again.position)
              .integer(static_cast<std::int32_t>(again.index))
              .bigint(row.number));
    }
    if (!done) return std::unexpected(done.error());
    return true;
  });
}

Result<std::vector<AuditRow>> PostgresStore::audit(std::uint64_t first, std::uint64_t limit) {
  return session_->read([&](Database& database) -> Result<std::vector<AuditRow>> {
    auto in =
        database.run("select number, bytes from audit where number >= $1 order by number limit $2",
                     Parameters().bigint(first).bigint(limit));
    if (!in) return std::unexpected(in.error());
    std::vector<AuditRow> rows;
    for (int row = 0; row < in->rows(); ++row) rows.push_back(audit_row(*in, row));
    return rows;
  });
}

Result<std::optional<AuditRow>> PostgresStore::last_audit() {
  return session_->read([&](Database& database) -> Result<std::optional<AuditRow>> {
    auto in = database.run("select number, bytes from audit order by number desc limit 1");
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<AuditRow>{};
    return audit_row(*in, 0);
  });
}

Result<void> PostgresStore::put_audit_checkpoint(const AuditCheckpoint& checkpoint) {
  return session_->write([&](Database& database) -> Result<void> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(
        "insert into audit_checkpoints (size, note) values ($1, $2) on conflict do nothing",
        Parameters().bigint(checkpoint.size).text(checkpoint.note));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<std::vector<AuditCheckpoint>> PostgresStore::audit_checkpoints() {
  return session_->read([&](Database& database) -> Result<std::vector<AuditCheckpoint>> {
    auto in = database.run("select size, note from audit_checkpoints order by size");
    if (!in) return std::unexpected(in.error());
    std::vector<AuditCheckpoint> rows;
    for (int row = 0; row < in->rows(); ++row) {
      rows.push_back({.size = in->natural(row, 0), .note = in->text(row, 1)});
    }
    return rows;
  });
}

Result<void> PostgresStore::put_reconciliation(const ReconciliationRow& row) {
  return session_->write([&](Database& database) -> Result<void> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(
        "insert into reconciliation (at, commit_number, differences, differs, not_looked_at)"
        " values (" US_TO_TIME("$1") ", $2, $3, $4, $5) on conflict (only_row) do update set"
        " at = excluded.at, commit_number = excluded.commit_number,"
        " differences = excluded.differences, differs = excluded.differs,"
        " not_looked_at = excluded.not_looked_at",
        Parameters()
            .bigint(row.at_us)
            .bigint(row.commit)
            .bigint(row.differences)
            .text(row.differs)
            .text(row.not_looked_at));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<std::optional<ReconciliationRow>> PostgresStore::last_reconciliation() {
  return session_->read([&](Database& database) -> Result<std::optional<ReconciliationRow>> {
    auto in = database.run("select " TIME_TO_US(
        "at") ", commit_number, differences, differs, not_looked_at from reconciliation");
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<ReconciliationRow>{};
    return ReconciliationRow{.at_us = in->number(0, 0),
                             .commit = in->natural(0, 1),
                             .differences = in->natural(0, 2),
                             .differs = in->text(0, 3),
                             .not_looked_at = in->text(0, 4)};
  });
}

Result<void> PostgresStore::skip_to(std::uint64_t commit) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update head set commit_number = greatest(commit_number, $1)",
                             Parameters().bigint(commit));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<void> PostgresStore::bind_journal(std::string_view journal_id) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update head set journal_id = $1 where journal_id is null",
                             Parameters().text(journal_id));
    if (done) done = database.run("select journal_id from head");
    if (!done) return std::unexpected(done.error());
    if (done->rows() != 1) return fail(Remedy::reject, "count.none", "the head row is missing");
    if (done->text(0, 0) == journal_id) return {};
    return fail(
        Remedy::reject, "journal.other",
        "the store belongs to journal " + done->text(0, 0) + ", not " + std::string(journal_id));
  });
}

}  // namespace teller
