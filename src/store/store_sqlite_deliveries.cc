// Deliveries of result sheets.
#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"

namespace teller {
namespace {

using sqlite::Statement;

void insert_sheets(sqlite3* db, std::uint64_t delivery, std::span<const DeliveredSheet> sheets) {
  Statement insert(db, "insert into delivery_sheets values (?, ?, ?, ?, ?, ?, ?)");
  for (const DeliveredSheet& sheet : sheets) {
    insert
        .bind(delivery, sheet.unit.value, sheet.method.value, sheet.contest.value, sheet.version,
              sheet.became, sheet.why)
        .run();
  }
}

std::optional<std::int64_t> number_or_none(Statement& row, int column) {
  if (row.null(column)) return std::nullopt;
  return row.number(column);
}

}  // namespace

Result<bool> SqliteStore::put_delivery(const DeliveryRow& row,
                                       std::span<const DeliveredSheet> sheets) {
  return connection_->writing([&] {
    sqlite3* db = connection_->db;
    if (Statement(db,
                  "insert into deliveries select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
                  " where ?1 = (select count(*) + 1 from deliveries)")
            .bind(row.number, row.source, row.file, row.figures_at_us, row.received_at_us, row.act,
                  row.reason, row.sender, row.content, row.unchanged, row.settled_at_us)
            .run() == 0) {
      return false;
    }
    insert_sheets(db, row.number, sheets);
    return true;
  });
}

Result<bool> SqliteStore::put_delivered(std::uint64_t number,
                                        std::span<const DeliveredSheet> sheets,
                                        std::uint64_t unchanged,
                                        std::optional<std::int64_t> settled_at_us) {
  return connection_->writing([&] {
    sqlite3* db = connection_->db;
    if (Statement(db,
                  "update deliveries set unchanged = ?, settled_at = ?"
                  " where number = ? and settled_at is null")
            .bind(unchanged, settled_at_us, number)
            .run() == 0) {
      return false;
    }
    Statement(db, "delete from delivery_sheets where delivery = ?").bind(number).run();
    insert_sheets(db, number, sheets);
    return true;
  });
}

Result<std::vector<DeliveryRow>> SqliteStore::deliveries(std::uint64_t first, std::uint64_t limit) {
  return connection_->reading([&] {
    std::vector<DeliveryRow> rows;
    if (connection_->schema_version() < 6) return rows;  // Of an older program, only read.
    Statement select(connection_->db,
                     "select number, source, file, figures_at, received_at, act, reason, sender,"
                     " content, unchanged, settled_at from deliveries where number >= ? order by "
                     "number limit ?");
    select.bind(first, limit);
    while (select.step()) {
      DeliveryRow& row = rows.emplace_back();
      row.number = select.count(0);
      row.source = select.text(1);
      row.file = select.text(2);
      row.figures_at_us = number_or_none(select, 3);
      row.received_at_us = select.number(4);
      row.act = select.text(5);
      row.reason = select.text(6);
      row.sender = select.text(7);
      row.content = select.array<32>(8);
      row.unchanged = select.count(9);
      row.settled_at_us = number_or_none(select, 10);
    }
    return rows;
  });
}

Result<std::vector<DeliveredSheet>> SqliteStore::delivered_sheets(std::uint64_t delivery) {
  return connection_->reading([&] {
    std::vector<DeliveredSheet> rows;
    const std::size_t version = connection_->schema_version();
    if (version < 6) return rows;
    const bool has_why = version >= 9;  // An older program kept no reason.
    Statement select(connection_->db,
                     std::string("select unit, method, contest, version, became, ") +
                         (has_why ? "why" : "''") +
                         " from delivery_sheets where delivery = ? order by unit, method, contest");
    select.bind(delivery);
    while (select.step()) {
      rows.push_back({.unit = UnitId{static_cast<std::uint32_t>(select.number(0))},
                      .method = MethodId{static_cast<std::uint8_t>(select.number(1))},
                      .contest = ContestId{static_cast<std::uint16_t>(select.number(2))},
                      .version = static_cast<std::uint32_t>(select.number(3)),
                      .became = select.text(4),
                      .why = select.text(5)});
    }
    return rows;
  });
}

}  // namespace teller
