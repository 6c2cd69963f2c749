// Reading what is committed: totals, partitions, steps and incidents, each in one snapshot.
#include <algorithm>
#include <limits>

#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"

namespace teller {
namespace {

using sqlite::Connection;
using sqlite::Statement;

std::vector<StepRow> step_rows(Statement& select) {
  std::vector<StepRow> rows;
  while (select.step()) {
    rows.push_back({static_cast<std::uint16_t>(select.number(0)), select.count(1), select.count(2),
                    select.count(3), select.count(4), select.count(5), select.array<32>(6),
                    select.array<32>(7)});
  }
  return rows;
}

}  // namespace

Result<std::vector<PartitionRow>> SqliteStore::partitions() {
  return connection_->reading([&] { return connection_->rows(); });
}

Result<Head> SqliteStore::head() {
  return connection_->reading([&] { return connection_->head(); });
}

Result<Snapshot> SqliteStore::snapshot() { return totals_since(0); }

Result<Snapshot> SqliteStore::totals_since(std::uint64_t after) {
  return connection_->reading([&] {
    Connection& c = *connection_;
    Snapshot snapshot{c.head(), {}, c.rows(), {}};
    Statement presentation(c.db, "select hash from presentations order by version desc limit 1");
    if (presentation.step()) snapshot.presentation = presentation.array<32>(0);
    if (after >= after_all_commits) return snapshot;
    Statement select(c.db,
                     "select contest, slot, unit, method, value, known, withheld, "
                     "changed_at_commit from totals where changed_at_commit > ? "
                     "order by contest, slot, unit, method");
    select.bind(after);
    while (select.step()) {
      TotalRow& row = snapshot.totals.emplace_back();
      row.key = {{static_cast<std::uint32_t>(select.number(0))},
                 static_cast<std::uint16_t>(select.number(1)),
                 {static_cast<std::uint32_t>(select.number(2))},
                 {static_cast<std::uint32_t>(select.number(3))}};
      row.total = {select.number(4), static_cast<std::int8_t>(select.number(5)),
                   static_cast<std::int8_t>(select.number(6))};
      row.changed_at_commit = select.count(7);
    }
    return snapshot;
  });
}

Result<std::vector<StepRow>> SqliteStore::steps(std::uint64_t after, std::uint64_t upto) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     "select partition, step, from_position, to_position, commit_number, "
                     "log_size, root, segment from steps where commit_number > ? and "
                     "commit_number <= ? order by partition, step");
    constexpr std::uint64_t last = std::numeric_limits<std::int64_t>::max();
    select.bind(std::min(after, last), std::min(upto, last));
    return step_rows(select);
  });
}

Result<std::optional<StepRow>> SqliteStore::step(std::uint16_t partition, std::uint64_t number) {
  return connection_->reading([&]() -> std::optional<StepRow> {
    Statement select(connection_->db,
                     "select partition, step, from_position, to_position, commit_number, "
                     "log_size, root, segment from steps where partition = ? and step = ?");
    select.bind(partition, number);
    const auto rows = step_rows(select);
    if (rows.empty()) return std::nullopt;
    return rows.front();
  });
}

namespace {

// `where` is of the table i, incidents, and says the order too.
std::string incidents_where(const char* where) {
  return std::string(
             "select i.partition, commit_number, outcome, reason, i.position, i.place, entry_id, "
             "leaf, counted_leaf, as_partition, as_position, as_place from incidents i left join "
             "replays r on r.partition = i.partition and r.position = i.position and "
             "r.place = i.place where ") +
         where;
}

IncidentRow incident_row(Statement& select) {
  IncidentRow row;
  row.partition = static_cast<std::uint16_t>(select.number(0));
  row.commit = select.count(1);
  Incident& incident = row.incident;
  incident.outcome = select.text(2) == "conflict" ? Outcome::conflict : Outcome::rejected;
  if (const auto reason = reason_named(select.text(3))) incident.reason = *reason;
  incident.position = select.count(4);
  incident.index = static_cast<std::uint32_t>(select.number(5));
  incident.id.bytes = select.array<16>(6);
  incident.leaf = select.array<32>(7);
  incident.counted = select.array<16>(8);
  if (!select.null(9)) {
    row.replayed_as = EntryPlace{static_cast<std::uint16_t>(select.number(9)), select.count(10),
                                 static_cast<std::uint32_t>(select.number(11))};
  }
  return row;
}

}  // namespace

Result<std::vector<IncidentRow>> SqliteStore::incidents(std::uint64_t after_commit,
                                                        std::uint64_t limit) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     incidents_where("commit_number > ? "
                                     "order by commit_number, i.partition, i.position, i.place"));
    select.bind(after_commit);
    std::vector<IncidentRow> rows;
    while (select.step()) {
      if (rows.size() >= limit && select.count(1) != rows.back().commit) break;
      rows.push_back(incident_row(select));
    }
    return rows;
  });
}

Result<std::vector<IncidentRow>> SqliteStore::incidents_in(std::uint16_t partition,
                                                           std::uint64_t from, std::uint64_t to) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     incidents_where("i.partition = ? and i.position >= ? and i.position < ? "
                                     "order by i.position, i.place"));
    select.bind(partition, from, to);
    std::vector<IncidentRow> rows;
    while (select.step()) rows.push_back(incident_row(select));
    return rows;
  });
}

namespace {

// `where` says the order too.
Statement select_decisions(sqlite3* db, const char* where) {
  return {db, std::string("select partition, step, place, commit_number, action, number, reason, "
                          "officers, statement, entry from decisions where ") +
                  where};
}

DecisionRow decision_row(Statement& select) {
  DecisionRow row;
  row.partition = static_cast<std::uint16_t>(select.number(0));
  row.step = select.count(1);
  row.place = static_cast<std::uint32_t>(select.number(2));
  row.commit = select.count(3);
  row.action = select.text(4);
  row.number = static_cast<std::uint32_t>(select.number(5));
  row.reason = select.text(6);
  row.officers = select.text(7);
  if (!select.null(8)) row.statement = select.count(8);
  const ByteView entry = select.bytes(9);
  row.entry.assign(entry.begin(), entry.end());
  return row;
}

}  // namespace

Result<std::vector<DecisionRow>> SqliteStore::decisions(std::uint64_t after_commit,
                                                        std::uint64_t limit) {
  return connection_->reading([&] {
    std::vector<DecisionRow> rows;
    if (!connection_->has_table("decisions")) return rows;  // An older program's, read only.
    Statement select = select_decisions(
        connection_->db, "commit_number > ? order by commit_number, partition, step, place");
    select.bind(after_commit);
    while (select.step()) {
      if (rows.size() >= limit && select.count(3) != rows.back().commit) break;
      rows.push_back(decision_row(select));
    }
    return rows;
  });
}

Result<std::vector<DecisionRow>> SqliteStore::stage_decisions() {
  return connection_->reading([&] {
    std::vector<DecisionRow> rows;
    if (!connection_->has_table("decisions")) return rows;
    Statement select = select_decisions(connection_->db, "number > 0 order by partition, number");
    while (select.step()) rows.push_back(decision_row(select));
    return rows;
  });
}

}  // namespace teller
