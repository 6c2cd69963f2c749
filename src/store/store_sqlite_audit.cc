// The audit log, and what an officer changes in the transaction of the line that says so.
#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"

namespace teller {

using sqlite::Statement;

Result<bool> SqliteStore::put_audit(const AuditRow& row, const OfficerAction& action) {
  return connection_->writing([&] {
    sqlite3* db = connection_->db;
    if (Statement(db, "insert into audit select ?1, ?2 where ?1 = (select count(*) from audit)")
            .bind(row.number, row.bytes)
            .run() == 0) {
      return false;
    }
    if (action.resumed) {
      Statement(db, "update partitions set halted_because = null where partition = ?")
          .bind(*action.resumed)
          .run();
    }
    Statement replay(db, "insert into replays values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing");
    for (const auto& [rejected, again] : action.replays) {
      replay
          .bind(rejected.partition, rejected.position, rejected.index, again.partition,
                again.position, again.index, row.number)
          .run();
    }
    return true;
  });
}

Result<std::vector<AuditRow>> SqliteStore::audit(std::uint64_t first, std::uint64_t limit) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     "select number, bytes from audit where number >= ? order by number limit ?");
    select.bind(first, limit);
    std::vector<AuditRow> rows;
    while (select.step()) {
      const ByteView bytes = select.bytes(1);
      rows.push_back({select.count(0), Bytes(bytes.begin(), bytes.end())});
    }
    return rows;
  });
}

Result<std::optional<AuditRow>> SqliteStore::last_audit() {
  return connection_->reading([&]() -> std::optional<AuditRow> {
    Statement select(connection_->db,
                     "select number, bytes from audit order by number desc limit 1");
    if (!select.step()) return std::nullopt;
    const ByteView bytes = select.bytes(1);
    return AuditRow{select.count(0), Bytes(bytes.begin(), bytes.end())};
  });
}

Result<void> SqliteStore::put_audit_checkpoint(const AuditCheckpoint& checkpoint) {
  return connection_->writing([&] {
    Statement(connection_->db, "insert into audit_checkpoints values (?, ?) on conflict do nothing")
        .bind(checkpoint.size, checkpoint.note)
        .run();
  });
}

Result<std::vector<AuditCheckpoint>> SqliteStore::audit_checkpoints() {
  return connection_->reading([&] {
    Statement select(connection_->db, "select size, note from audit_checkpoints order by size");
    std::vector<AuditCheckpoint> rows;
    while (select.step()) rows.push_back({select.count(0), select.text(1)});
    return rows;
  });
}

}  // namespace teller
