// Statements, and what the last reconciliation said.
#include "base/time.h"
#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"

namespace teller {

using sqlite::Statement;

Result<bool> SqliteStore::put_statement(const StatementRow& row) {
  return connection_->writing([&] {
    return Statement(connection_->db,
                     "insert into statements values (?, ?, ?, ?) on conflict do nothing")
               .bind(row.number, row.commit, row.bytes, row.checkpoint)
               .run() == 1;
  });
}

Result<std::vector<StatementRow>> SqliteStore::statements(std::uint64_t first,
                                                          std::uint64_t limit) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     "select number, commit_number, bytes, checkpoint from statements where "
                     "number >= ? order by number limit ?");
    select.bind(first, limit);
    std::vector<StatementRow> rows;
    while (select.step()) {
      const ByteView bytes = select.bytes(2);
      rows.push_back(
          {select.count(0), select.count(1), Bytes(bytes.begin(), bytes.end()), select.text(3)});
    }
    return rows;
  });
}

Result<std::optional<StatementRow>> SqliteStore::last_statement() {
  return connection_->reading([&]() -> std::optional<StatementRow> {
    Statement select(connection_->db,
                     "select number, commit_number, bytes, checkpoint from statements order by "
                     "number desc limit 1");
    if (!select.step()) return std::nullopt;
    const ByteView bytes = select.bytes(2);
    return StatementRow{select.count(0), select.count(1), Bytes(bytes.begin(), bytes.end()),
                        select.text(3)};
  });
}

Result<void> SqliteStore::put_reconciliation(const ReconciliationRow& row) {
  return connection_->writing([&] {
    Statement(connection_->db, "replace into reconciliation values (1, ?, ?, ?, ?, ?)")
        .bind(format_utc(row.at_us), row.commit, row.differences, row.differs, row.not_looked_at)
        .run();
    Statement put(connection_->db, "replace into inbox_refused values (?, ?)");
    for (const auto& [code, messages] : row.refused) put.bind(code, messages).run();
  });
}

Result<std::optional<ReconciliationRow>> SqliteStore::last_reconciliation() {
  return connection_->reading([&]() -> std::optional<ReconciliationRow> {
    Statement select(connection_->db,
                     "select at, commit_number, differences, differs, not_looked_at "
                     "from reconciliation");
    if (!select.step()) return std::nullopt;
    ReconciliationRow row{.at_us = parse_utc(select.text(0)),
                          .commit = select.count(1),
                          .differences = select.count(2),
                          .differs = select.text(3),
                          .not_looked_at = select.text(4)};
    if (connection_->schema_version() < 8) return row;  // Of an older program, only read.
    Statement refused(connection_->db, "select code, messages from inbox_refused");
    while (refused.step()) row.refused.emplace(refused.text(0), refused.count(1));
    return row;
  });
}

}  // namespace teller
