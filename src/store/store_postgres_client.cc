#include "store/store_postgres_client.h"

#include <charconv>
#include <limits>

#include <libpq-fe.h>

#include "base/check.h"
#include "store/store_postgres_wait.h"

namespace teller::postgres {
namespace {

// Types of parameters, as pg_type.h numbers them.
constexpr Oid bytea_oid = 17, bigint_oid = 20, integer_oid = 23, text_oid = 25, bigints_oid = 1016;

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

// The beginning of a statement, for whoever reads that it was not answered.
std::string shown(std::string_view sql) {
  std::string text(sql.substr(0, 60));
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string_view without_newline(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

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

Parameters& Parameters::bigint(std::int64_t value) {
  append_big_endian(begin(bigint_oid), value);
  return *this;
}

Parameters& Parameters::integer(std::int32_t value) {
  append_big_endian(begin(integer_oid), value);
  return *this;
}

Parameters& Parameters::text(std::string_view value) {
  const ByteView bytes = as_bytes(value);
  begin(text_oid).assign(bytes.begin(), bytes.end());
  return *this;
}

Parameters& Parameters::bytes(ByteView value) {
  begin(bytea_oid).assign(value.begin(), value.end());
  return *this;
}

Parameters& Parameters::bigints(std::span<const std::int64_t> values) {
  Bytes& out = begin(bigints_oid);
  append_big_endian(out, std::int32_t{values.empty() ? 0 : 1});  // Dimensions.
  append_big_endian(out, std::int32_t{0});                       // None of them is null.
  append_big_endian(out, static_cast<std::int32_t>(bigint_oid));
  if (values.empty()) return *this;
  append_big_endian(out, static_cast<std::int32_t>(values.size()));
  append_big_endian(out, std::int32_t{1});  // The number of the first.
  for (const std::int64_t value : values) {
    append_big_endian(out, static_cast<std::int32_t>(sizeof value));
    append_big_endian(out, value);
  }
  return *this;
}

Bytes& Parameters::begin(unsigned type) {
  types_.push_back(type);
  return values_.emplace_back();
}

void Answer::Clears::operator()(pg_result* result) const { PQclear(result); }

int Answer::rows() const { return PQntuples(result_.get()); }

bool Answer::null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) == 1;
}

ByteView Answer::bytes(int row, int column) const {
  return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row, column)),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::uint64_t Answer::rows_changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view Answer::sqlstate() const {
  const char* state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

// Without DETAIL, which shows the row and so a total that may not be published.
std::string Answer::message() const {
  const char* text = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
  if (text == nullptr) text = PQresultErrorMessage(result_.get());
  return text;
}

bool Answer::good() const {
  const ExecStatusType status = PQresultStatus(result_.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

CopyRows::CopyRows() {
  static constexpr std::array<std::uint8_t, 19> head{'P', 'G',  'C',  'O',  'P',
                                                     'Y', '\n', 0xFF, '\r', '\n'};
  out_.assign(head.begin(), head.end());
}

void Database::Closes::operator()(pg_conn* connection) const { PQfinish(connection); }

Result<Answer> Database::run(const char* sql, const Parameters& parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Bytes& value : parameters.values_) {
    values.push_back(value.empty() ? "" : reinterpret_cast<const char*>(value.data()));
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> formats(values.size(), 1);
  Wait wait(connection_.get(), shown(sql), patience_);
  Answer answer(
      last_result(wait, PQsendQueryParams(connection_.get(), sql, static_cast<int>(values.size()),
                                          parameters.types_.data(), values.data(), lengths.data(),
                                          formats.data(), 1)));
  note(wait);
  return judge(std::move(answer));
}

Result<Answer> Database::run_script(const std::string& sql) { return judge(execute(sql.c_str())); }

Answer Database::execute(const char* sql) {
  Wait wait(connection_.get(), shown(sql), patience_);
  Answer answer(postgres::execute(connection_.get(), wait, sql));
  note(wait);
  return answer;
}

void Database::note(const Wait& wait) {
  given_up_ = wait.given_up();
  if (!given_up_.empty()) connection_.reset();
}

Result<void> Database::copy_in(const char* sql, CopyRows& rows) {
  if (auto started = execute(sql); PQresultStatus(started.result_.get()) != PGRES_COPY_IN) {
    return std::unexpected(error(started));
  }
  ByteView left = rows.finish();
  constexpr std::size_t piece_bytes = 1 << 18;
  Wait wait(connection_.get(), shown(sql), patience_);
  bool sent = true;
  while (sent && !left.empty()) {
    const ByteView piece = left.first(std::min(left.size(), piece_bytes));
    sent = PQputCopyData(connection_.get(), reinterpret_cast<const char*>(piece.data()),
                         static_cast<int>(piece.size())) == 1 &&
           wait.sent();
    left = left.subspan(piece.size());
  }
  if (sent) sent = PQputCopyEnd(connection_.get(), nullptr) == 1;
  if (!sent) {
    note(wait);
    return std::unexpected(lost());
  }
  return drain(wait);
}

Result<void> Database::copy_out(const std::string& sql,
                                const std::function<void(const std::vector<ByteView>&)>& row) {
  if (auto started = execute(sql.c_str());
      PQresultStatus(started.result_.get()) != PGRES_COPY_OUT) {
    return std::unexpected(error(started));
  }
  Wait wait(connection_.get(), shown(sql), patience_);
  bool first = true;
  std::vector<ByteView> columns;
  while (true) {
    char* raw = nullptr;
    const int size = wait.copy_data(&raw);
    if (size == -1) return drain(wait);
    if (size < 0) {
      note(wait);
      return std::unexpected(lost());
    }
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

Result<void> Database::begin(const char* sql) {
  for (int attempt = 0;; ++attempt) {
    if (auto ready = connect(); !ready) return ready;
    const Answer begun = execute(sql);
    if (begun.good()) return {};
    const Error why = error(begun);
    const bool dead = PQstatus(connection_.get()) != CONNECTION_OK;
    connection_.reset();
    if (!dead || attempt > 0 || !given_up_.empty()) return std::unexpected(why);
  }
}

void Database::roll_back() {
  if (connection_ == nullptr) return;
  const Answer done = execute("rollback");
  if (!done.good()) connection_.reset();
}

Result<void> Database::commit() {
  const Answer done = execute("commit");
  if (done.good()) {
    check(std::string_view(PQcmdStatus(done.result_.get())) == "COMMIT",
          "a transaction without an error commits");
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

Result<void> Database::connect() {
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
  PQsetnonblocking(connection_.get(), 1);
  PQsetErrorVerbosity(connection_.get(), PQERRORS_TERSE);
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  if (auto set = run_script(session_settings); !set) {
    connection_.reset();
    return std::unexpected(set.error());
  }
  return {};
}

Result<Answer> Database::judge(Answer answer) {
  if (answer.good()) return answer;
  return std::unexpected(error(answer));
}

// The answers that follow a COPY.
Result<void> Database::drain(Wait& wait) {
  Result<void> outcome;
  while (PGresult* raw = wait.result()) {
    const Answer answer(raw);
    if (!answer.good() && outcome) outcome = std::unexpected(error(answer));
  }
  note(wait);
  if (!given_up_.empty()) return std::unexpected(lost());
  return outcome;
}

Error Database::error(const Answer& answer) const {
  if (answer.result_ == nullptr) return lost();
  return error_of(answer.sqlstate(), std::string(without_newline(answer.message())));
}

Error Database::lost() const {
  if (!given_up_.empty()) return error_of("", given_up_);
  return error_of("", std::string(without_newline(PQerrorMessage(connection_.get()))));
}

}  // namespace teller::postgres
