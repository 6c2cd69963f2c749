// Statements, and what the last reconciliation said.
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::Answer;
using postgres::Database;
using postgres::Parameters;

StatementRow statement_row(const Answer& in, int row) {
  const ByteView bytes = in.bytes(row, 2);
  return {.number = in.natural(row, 0),
          .commit = in.natural(row, 1),
          .bytes = Bytes(bytes.begin(), bytes.end()),
          .checkpoint = in.text(row, 3)};
}

}  // namespace

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
    for (const auto& [code, messages] : row.refused) {
      if (!done) break;
      done = database.run(
          "insert into inbox_refused (code, messages) values ($1, $2)"
          " on conflict (code) do update set messages = excluded.messages",
          Parameters().text(code).bigint(messages));
    }
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
    ReconciliationRow row{.at_us = in->number(0, 0),
                          .commit = in->natural(0, 1),
                          .differences = in->natural(0, 2),
                          .differs = in->text(0, 3),
                          .not_looked_at = in->text(0, 4)};
    in = database.run("select code, messages from inbox_refused");
    if (!in) return std::unexpected(in.error());
    for (int at = 0; at < in->rows(); ++at)
      row.refused.emplace(in->text(at, 0), in->natural(at, 1));
    return row;
  });
}

}  // namespace teller
