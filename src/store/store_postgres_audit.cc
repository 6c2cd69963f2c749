// The audit log, and what an officer changes in the transaction of the line that says so.
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::Answer;
using postgres::Database;
using postgres::Parameters;

AuditRow audit_row(const Answer& in, int row) {
  const ByteView bytes = in.bytes(row, 1);
  return {.number = in.natural(row, 0), .bytes = Bytes(bytes.begin(), bytes.end())};
}

}  // namespace

Result<bool> PostgresStore::put_audit(const AuditRow& row, const OfficerAction& action) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(lines_ == AuditLines::all
                                 ? "insert into audit (number, bytes) select $1, $2"
                                   " where $1 = (select count(*) from audit)"
                                   " on conflict do nothing"
                                 : "insert into officer_lines (number, bytes) select $1, $2"
                                   " where $1 = (select count(*) from audit)"
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

}  // namespace teller
