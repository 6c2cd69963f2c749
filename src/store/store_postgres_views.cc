// pub_* views of PostgreSQL, read back. Plain libpq: the session of the store is that of another
// account and reads tables.
#include <charconv>
#include <memory>

#include <libpq-fe.h>

#include "store/store_postgres_wait.h"
#include "store/store_views.h"

namespace teller {
namespace {

struct Closes {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clears {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Closes>;
using Answer = std::unique_ptr<PGresult, Clears>;

std::int64_t number(const PGresult* from, int column) {
  const char* text = PQgetvalue(from, 0, column);
  std::int64_t value = 0;
  std::from_chars(text, text + PQgetlength(from, 0, column), value);
  return value;
}
std::uint64_t natural(const PGresult* from, int column) {
  return static_cast<std::uint64_t>(number(from, column));
}

Error error_of(PGconn* connection, const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  std::string detail = "pub_* views: ";
  detail += PQerrorMessage(connection);
  while (detail.ends_with('\n')) detail.pop_back();
  const std::string_view code = state == nullptr ? "" : state;
  if (code == "42P01" || code == "3F000" || code == "42501") {
    return {Remedy::reject, "count.none", std::move(detail)};
  }
  return {Remedy::retry, "store.unavailable", std::move(detail)};
}

// Calls `row` with a result of one row, as often as there are rows: a nation's totals are never
// held twice.
template <typename Row>
Result<void> each(PGconn* connection, const char* sql, Row row) {
  if (PQsendQuery(connection, sql) != 1 || PQsetSingleRowMode(connection) != 1) {
    return std::unexpected(error_of(connection, nullptr));
  }
  // The limit of a statement is set below, for all of them.
  postgres::Wait wait(connection, "the pub_* views", {.silence_max = std::chrono::minutes(11)});
  Result<void> outcome;
  while (Answer answer{wait.result()}) {
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_SINGLE_TUPLE) {
      if (outcome) outcome = row(answer.get());
    } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && outcome) {
      outcome = std::unexpected(error_of(connection, answer.get()));
    }
  }
  if (!wait.given_up().empty()) return fail(Remedy::retry, "store.unavailable", wait.given_up());
  return outcome;
}

}  // namespace

Result<ReadBack> read_back_postgres(const std::string& conninfo, const CountId& count,
                                    const Rules& rules, bool totals) {
  const Connection connection(PQconnectdb((conninfo + " connect_timeout=5").c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return std::unexpected(error_of(connection.get(), nullptr));
  }
  PQsetnonblocking(connection.get(), 1);
  const auto nothing = [](PGresult*) { return Result<void>(); };
  // The reader's own limit is meant for screens.
  for (const char* sql : {"begin isolation level repeatable read read only",
                          "set local statement_timeout = '10min'", "set search_path = teller"}) {
    if (auto done = each(connection.get(), sql, nothing); !done) {
      return std::unexpected(done.error());
    }
  }
  ReadBack read_back;
  auto done = each(connection.get(), views_sql::head, [&](PGresult* row) -> Result<void> {
    if (PQgetvalue(row, 0, 0) != count.hex()) {
      return fail(Remedy::reject, "count.other",
                  std::string("the pub_* views are those of count ") + PQgetvalue(row, 0, 0));
    }
    read_back.commit = natural(row, 1);
    read_back.outcomes = {natural(row, 2), natural(row, 3), natural(row, 4), natural(row, 5)};
    read_back.statements = natural(row, 6);
    return {};
  });
  if (done) {
    done = each(connection.get(), views_sql::options, [&](PGresult* row) -> Result<void> {
      read_back.options.push_back(
          {{static_cast<std::uint32_t>(natural(row, 0))},
           static_cast<std::uint16_t>(natural(row, 1)),
           PQgetisnull(row, 0, 2) != 0 ? std::nullopt : std::optional(number(row, 2)),
           PQgetvalue(row, 0, 3),
           read_back.commit});
      if (PQgetisnull(row, 0, 5) == 0) {
        read_back.options.back().reports = {number(row, 4), number(row, 5), number(row, 6)};
      }
      return {};
    });
  }
  if (done) {
    done = each(connection.get(), views_sql::reporting, [&](PGresult* row) -> Result<void> {
      read_back.reporting.push_back(
          {{static_cast<std::uint32_t>(natural(row, 0))}, number(row, 1), number(row, 2)});
      return {};
    });
  }
  if (done && totals) {
    read_back.has_totals = true;
    done = each(connection.get(), views_sql::totals, [&](PGresult* row) -> Result<void> {
      ReadBack::Cell& cell = read_back.totals.emplace_back();
      cell.key = {{static_cast<std::uint32_t>(natural(row, 0))},
                  static_cast<std::uint16_t>(natural(row, 1)),
                  {static_cast<std::uint32_t>(natural(row, 2))},
                  rules.find_method(PQgetvalue(row, 0, 3)).value_or(MethodId{0xFF})};
      if (PQgetisnull(row, 0, 4) == 0) cell.value = number(row, 4);
      cell.how = PQgetvalue(row, 0, 5);
      cell.as_of = read_back.commit;
      return {};
    });
  }
  if (done && totals) {
    done = each(connection.get(), views_sql::units, [&](PGresult* row) -> Result<void> {
      ReadBack::Unit& unit = read_back.units.emplace_back();
      unit.unit = {static_cast<std::uint32_t>(natural(row, 0))};
      if (PQgetisnull(row, 0, 1) == 0) unit.cards = number(row, 1);
      unit.sheets = number(row, 2);
      return {};
    });
  }
  if (!done) return std::unexpected(done.error());
  return read_back;
}

}  // namespace teller
