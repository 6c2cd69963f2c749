// Reading what is committed: totals, partitions, steps and incidents, each in one snapshot.
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/commit_check.h"
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::Answer;
using postgres::Database;
using postgres::Parameters;
using postgres::Session;

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

Result<std::vector<PartitionRow>> read_all_partitions(Database& database) {
  auto rows = postgres::read_partitions(database, "order by partition");
  if (!rows) return rows;
  const auto head = database.run("select partitions from head");
  if (!head) return std::unexpected(head.error());
  if (auto all = check_all_partitions(*rows, head->natural(0, 0)); !all) {
    return std::unexpected(all.error());
  }
  return rows;
}

Result<Snapshot> read_snapshot(Session& session, std::uint64_t after) {
  return session.read([&](Database& database) -> Result<Snapshot> {
    Snapshot snapshot;
    auto head = session.read_head(database);
    if (!head) return std::unexpected(head.error());
    std::tie(snapshot.head, snapshot.presentation) = *head;
    auto partitions = read_all_partitions(database);
    if (!partitions) return std::unexpected(partitions.error());
    snapshot.partitions = std::move(*partitions);
    if (after >= after_all_commits) return snapshot;
    auto copied = database.copy_out(
        fmt::format("copy (select contest, slot, unit, method, value, known, withheld, "
                    "changed_at_commit from totals where changed_at_commit > {} order by contest, "
                    "slot, unit, method) to stdout (format binary)",
                    postgres::signed_of(after)),
        [&](const std::vector<ByteView>& in) {
          const auto u32 = [&](std::size_t i) {
            return static_cast<std::uint32_t>(postgres::from_big_endian(in[i]));
          };
          snapshot.totals.push_back(
              {.key = {.contest = {u32(0)},
                       .slot = static_cast<std::uint16_t>(u32(1)),
                       .unit = {u32(2)},
                       .method = {u32(3)}},
               .total = {.value = postgres::from_big_endian(in[4]),
                         .known = static_cast<std::int8_t>(postgres::from_big_endian(in[5])),
                         .withheld = static_cast<std::int8_t>(postgres::from_big_endian(in[6]))},
               .changed_at_commit = static_cast<std::uint64_t>(postgres::from_big_endian(in[7]))});
        });
    if (!copied) return std::unexpected(copied.error());
    return snapshot;
  });
}

}  // namespace

Result<std::vector<PartitionRow>> PostgresStore::partitions() {
  return session_->read([&](Database& database) -> Result<std::vector<PartitionRow>> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    return read_all_partitions(database);
  });
}

Result<Snapshot> PostgresStore::snapshot() { return read_snapshot(*session_, 0); }

Result<Snapshot> PostgresStore::totals_since(std::uint64_t after) {
  return read_snapshot(*session_, after);
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

namespace {

// `from` gives rows of incidents.
Result<std::vector<IncidentRow>> incident_rows(Database& database, const std::string& from,
                                               const Parameters& parameters) {
  const std::string sql =
      "select i.partition, i.position, i.place, outcome, reason, entry_id, leaf, counted_leaf,"
      " commit_number, as_partition, as_position, as_place from (" +
      from +
      ") i left join replays r on r.partition = i.partition and r.position = i.position"
      " and r.place = i.place order by commit_number, i.partition, i.position, i.place";
  auto in = database.run(sql.c_str(), parameters);
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
}

}  // namespace

Result<std::vector<IncidentRow>> PostgresStore::incidents(std::uint64_t after_commit,
                                                          std::uint64_t limit) {
  return session_->read([&](Database& database) {
    return incident_rows(database,
                         "select * from incidents where commit_number > $1"
                         " order by commit_number fetch first $2 rows with ties",
                         Parameters().bigint(after_commit).bigint(limit));
  });
}

namespace {

Result<std::vector<DecisionRow>> read_decisions(Database& database, const std::string& where,
                                                const Parameters& parameters) {
  const std::string sql =
      "select partition, step, place, commit_number, action, number, reason, officers, statement,"
      " entry from decisions where " +
      where;
  auto in = database.run(sql.c_str(), parameters);
  if (!in) return std::unexpected(in.error());
  std::vector<DecisionRow> rows;
  for (int at = 0; at < in->rows(); ++at) {
    DecisionRow& row = rows.emplace_back();
    row.partition = static_cast<std::uint16_t>(in->number(at, 0));
    row.step = in->natural(at, 1);
    row.place = static_cast<std::uint32_t>(in->number(at, 2));
    row.commit = in->natural(at, 3);
    row.action = in->text(at, 4);
    row.number = static_cast<std::uint32_t>(in->number(at, 5));
    row.reason = in->text(at, 6);
    row.officers = in->text(at, 7);
    if (!in->null(at, 8)) row.statement = in->natural(at, 8);
    const ByteView entry = in->bytes(at, 9);
    row.entry.assign(entry.begin(), entry.end());
  }
  return rows;
}

}  // namespace

Result<std::vector<DecisionRow>> PostgresStore::decisions(std::uint64_t after_commit,
                                                          std::uint64_t limit) {
  return session_->read([&](Database& database) {
    return read_decisions(database,
                          "(partition, step, place) in (select partition, step, place from"
                          " decisions where commit_number > $1 order by commit_number"
                          " fetch first $2 rows with ties)"
                          " order by commit_number, partition, step, place",
                          Parameters().bigint(after_commit).bigint(limit));
  });
}

Result<std::vector<DecisionRow>> PostgresStore::stage_decisions() {
  return session_->read([&](Database& database) {
    return read_decisions(database, "number > 0 order by partition, number", Parameters());
  });
}

Result<std::vector<IncidentRow>> PostgresStore::incidents_in(std::uint16_t partition,
                                                             std::uint64_t from, std::uint64_t to) {
  return session_->read([&](Database& database) {
    return incident_rows(
        database,
        "select * from incidents where partition = $1 and position >= $2 and position < $3",
        Parameters().integer(partition).bigint(from).bigint(to));
  });
}

}  // namespace teller
