// Deliveries of result sheets.
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::Answer;
using postgres::CopyRows;
using postgres::Database;
using postgres::Parameters;

std::optional<std::int64_t> number_or_none(const Answer& in, int row, int column) {
  if (in.null(row, column)) return std::nullopt;
  return in.number(row, column);
}

Result<void> copy_sheets(Database& database, std::uint64_t delivery,
                         std::span<const DeliveredSheet> sheets) {
  CopyRows rows;
  for (const DeliveredSheet& sheet : sheets) {
    rows.row(7)
        .bigint(delivery)
        .bigint(sheet.unit.value)
        .integer(sheet.method.value)
        .integer(sheet.contest.value)
        .bigint(sheet.version)
        .text(sheet.became)
        .text(sheet.why);
  }
  return database.copy_in(
      "copy delivery_sheets (delivery, unit, method, contest, version, became, why)"
      " from stdin with (format binary)",
      rows);
}

// No time is null: -1 stands for it on the way.
std::int64_t or_minus_one(std::optional<std::int64_t> value) { return value.value_or(-1); }

}  // namespace

Result<bool> PostgresStore::put_delivery(const DeliveryRow& row,
                                         std::span<const DeliveredSheet> sheets) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(
        "insert into deliveries (number, source, file, figures_at, received_at, act, reason,"
        " sender, content, unchanged, settled_at)"
        " select $1, $2, $3, nullif($4, -1), $5, $6, $7, $8, $9, $10, nullif($11, -1)"
        " where $1 = (select count(*) + 1 from deliveries) on conflict do nothing",
        Parameters()
            .bigint(row.number)
            .text(row.source)
            .text(row.file)
            .bigint(or_minus_one(row.figures_at_us))
            .bigint(row.received_at_us)
            .text(row.act)
            .text(row.reason)
            .text(row.sender)
            .bytes(row.content)
            .bigint(row.unchanged)
            .bigint(or_minus_one(row.settled_at_us)));
    if (!done) return std::unexpected(done.error());
    if (done->rows_changed() == 0) return false;
    if (auto copied = copy_sheets(database, row.number, sheets); !copied) {
      return std::unexpected(copied.error());
    }
    return true;
  });
}

Result<bool> PostgresStore::put_delivered(std::uint64_t number,
                                          std::span<const DeliveredSheet> sheets,
                                          std::uint64_t unchanged,
                                          std::optional<std::int64_t> settled_at_us) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run(
        "update deliveries set unchanged = $1, settled_at = nullif($2, -1)"
        " where number = $3 and settled_at is null",
        Parameters().bigint(unchanged).bigint(or_minus_one(settled_at_us)).bigint(number));
    if (!done) return std::unexpected(done.error());
    if (done->rows_changed() == 0) return false;
    done = database.run("delete from delivery_sheets where delivery = $1",
                        Parameters().bigint(number));
    if (!done) return std::unexpected(done.error());
    if (auto copied = copy_sheets(database, number, sheets); !copied) {
      return std::unexpected(copied.error());
    }
    return true;
  });
}

Result<std::vector<DeliveryRow>> PostgresStore::deliveries(std::uint64_t first,
                                                           std::uint64_t limit) {
  return session_->read([&](Database& database) -> Result<std::vector<DeliveryRow>> {
    auto in = database.run(
        "select number, source, file, figures_at, received_at, act, reason, sender, content,"
        " unchanged, settled_at from deliveries where number >= $1 order by number limit $2",
        Parameters().bigint(first).bigint(limit));
    if (!in) return std::unexpected(in.error());
    std::vector<DeliveryRow> rows;
    for (int at = 0; at < in->rows(); ++at) {
      rows.push_back({.number = in->natural(at, 0),
                      .source = in->text(at, 1),
                      .file = in->text(at, 2),
                      .figures_at_us = number_or_none(*in, at, 3),
                      .received_at_us = in->number(at, 4),
                      .act = in->text(at, 5),
                      .reason = in->text(at, 6),
                      .sender = in->text(at, 7),
                      .content = in->array<32>(at, 8),
                      .unchanged = in->natural(at, 9),
                      .settled_at_us = number_or_none(*in, at, 10)});
    }
    return rows;
  });
}

Result<std::vector<DeliveredSheet>> PostgresStore::delivered_sheets(std::uint64_t delivery) {
  return session_->read([&](Database& database) -> Result<std::vector<DeliveredSheet>> {
    auto in = database.run(
        "select unit, method, contest, version, became, why from delivery_sheets"
        " where delivery = $1 order by unit, method, contest",
        Parameters().bigint(delivery));
    if (!in) return std::unexpected(in.error());
    std::vector<DeliveredSheet> rows;
    for (int at = 0; at < in->rows(); ++at) {
      rows.push_back({.unit = UnitId{static_cast<std::uint32_t>(in->number(at, 0))},
                      .method = MethodId{static_cast<std::uint8_t>(in->number(at, 1))},
                      .contest = ContestId{static_cast<std::uint16_t>(in->number(at, 2))},
                      .version = static_cast<std::uint32_t>(in->number(at, 3)),
                      .became = in->text(at, 4),
                      .why = in->text(at, 5)});
    }
    return rows;
  });
}

}  // namespace teller
