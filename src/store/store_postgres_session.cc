#include "store/store_postgres_session.h"

namespace teller::postgres {
namespace {

PartitionRow partition_row(const Answer& in, int row) {
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

}  // namespace

Result<void> Session::check_count(const CountId& found) const {
  if (!count_ || *count_ == found) return {};
  return fail(Remedy::reject, "count.other",
              "the database holds count " + found.hex() + ", not " + count_->hex());
}

void Session::belongs_to(const CountId& count) {
  const std::lock_guard lock(mutex_);
  count_ = count;
}

Result<std::pair<Head, Hash>> Session::read_head(Database& database) const {
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

Result<std::vector<PartitionRow>> read_partitions(Database& database, const std::string& which,
                                                  const Parameters& parameters) {
  const std::string sql =
      "select partition, step, position, log_size, root, counted, duplicate, conflict, rejected,"
      " coalesce(halted_because, ''), halted_because is not null from partitions " +
      which;
  auto in = database.run(sql.c_str(), parameters);
  if (!in) return std::unexpected(in.error());
  std::vector<PartitionRow> rows;
  rows.reserve(static_cast<std::size_t>(in->rows()));
  for (int row = 0; row < in->rows(); ++row) rows.push_back(partition_row(*in, row));
  return rows;
}

}  // namespace teller::postgres
