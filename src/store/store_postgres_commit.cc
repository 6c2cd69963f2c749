// A commit: locks the head, then the partitions, asks commit_check, and moves what is committed.
#include <algorithm>
#include <initializer_list>
#include <map>
#include <utility>

#include "base/check.h"
#include "store/cell_moves.h"
#include "store/commit_check.h"
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::CopyRows;
using postgres::Database;
using postgres::Parameters;
using postgres::Session;

constexpr std::int64_t timeline_interval_us = 1'000'000;

struct LockedHead {
  CountId count;
  std::uint64_t commit = 0;
  std::size_t partitions = 0;
  bool timeline_due = false;
};

// Locks the head: from here to the end of the transaction nobody else commits.
Result<LockedHead> lock_head(const Session& session, Database& database, std::int64_t now_us) {
  auto in = database.run("select count_id, commit_number, timeline_at is null or $1 - " TIME_TO_US(
                             "timeline_at") " >= $2, partitions from head for update",
                         Parameters().bigint(now_us).bigint(timeline_interval_us));
  if (!in) return std::unexpected(in.error());
  if (in->rows() != 1) return fail(Remedy::reject, "count.none", "the head row is missing");
  LockedHead head{.count = {in->array<16>(0, 0)},
                  .commit = in->natural(0, 1),
                  .partitions = static_cast<std::size_t>(in->number(0, 3)),
                  .timeline_due = in->number(0, 2) != 0};
  if (auto same = session.check_count(head.count); !same) return std::unexpected(same.error());
  return head;
}

Result<std::vector<PartitionRow>> lock_partitions(Database& database,
                                                  const std::vector<Change>& changes) {
  std::string list = "{";
  for (const Change& change : changes) {
    if (list.size() > 1) list += ',';
    list += std::to_string(change.partition);
  }
  list += '}';
  return postgres::read_partitions(
      database, "where partition = any ($1::integer[]) order by partition for update",
      Parameters().text(list));
}

// Rows of numbers, column by column: the parameters of a statement that has them by unnest().
class Columns {
 public:
  explicit Columns(std::size_t columns) : columns_(columns) {}
  void add(std::initializer_list<std::int64_t> row) {
    auto column = columns_.begin();
    for (const std::int64_t value : row) (column++)->push_back(value);
  }
  [[nodiscard]] std::size_t rows() const { return columns_.front().size(); }
  [[nodiscard]] Parameters behind(Parameters parameters) const {
    for (const auto& column : columns_) parameters.bigints(column);
    return parameters;
  }

 private:
  std::vector<std::vector<std::int64_t>> columns_;
};

// Gives the places of those that it did not move: of a cell that is new, had no card or has none left.
constexpr const char* move_cards =
    "with given as (select * from unnest($1, $2, $3, $4) with ordinality"
    " as g (contest, unit, method, cards, place)),"
    " moved as (update cells c set cards = c.cards + g.cards from given g where c.contest = "
    "g.contest"
    " and c.unit = g.unit and c.method = g.method and c.cards > 0 and c.cards + g.cards > 0"
    " returning g.place)"
    " select place from given except select place from moved";

// Moves the cells of which cards alone move, and gives the others, for which more has to be done.
Result<std::vector<CellMove>> move_cells_of_cards(Database& database,
                                                  const std::vector<CellMove>& moves) {
  std::vector<CellMove> alone, others;
  Columns cards(4);
  for (const CellMove& move : moves) {
    if (!move.is_of_cards_alone()) {
      others.push_back(move);
      continue;
    }
    alone.push_back(move);
    cards.add({move.contest.value, move.unit.value, move.method.value, move.cards});
  }
  if (alone.empty()) return others;
  const auto left = database.run(move_cards, cards.behind({}));
  if (!left) return std::unexpected(left.error());
  for (int row = 0; row < left->rows(); ++row) {
    others.push_back(alone.at(left->natural(row, 0) - 1));
  }
  return others;
}

Result<void> write_cells(Database& database, const std::vector<CellMove>& all) {
  const auto moves = move_cells_of_cards(database, all);
  if (!moves) return std::unexpected(moves.error());
  if (moves->empty()) return {};
  CopyRows stage;
  for (const CellMove& move : *moves) {
    stage.row(9).integer(move.contest.value).integer(move.unit.value).integer(move.method.value);
    stage.number(move.figures).number(move.cards);
    stage.number(move.options_known).number(move.options_withheld);
    stage.number(move.write_ins_known).number(move.write_ins_withheld);
  }
  const std::string table = std::string("create temporary table if not exists stage_cells ") +
                            cells_sql::columns + " on commit delete rows";
  auto made = database.run(table.c_str());
  if (!made) return std::unexpected(made.error());
  if (auto copied = database.copy_in("copy stage_cells from stdin (format binary)", stage);
      !copied) {
    return copied;
  }
  for (const std::string& sql : cells_sql::move()) {
    auto moved = database.run(sql.c_str());
    if (!moved) return std::unexpected(moved.error());
  }
  return {};
}

// One row a total, however many changes move it.
struct Stage {
  CopyRows rows;
  std::uint64_t count = 0;
};

Stage stage_of(const std::vector<TotalChange>& sorted) {
  Stage stage;
  for (auto from = sorted.begin(); from != sorted.end();) {
    const TotalKey key = from->key;
    std::int64_t value = 0;
    int known = 0, withheld = 0;
    for (; from != sorted.end() && from->key == key; ++from) {
      value += from->by.value;
      known += from->by.known;
      withheld += from->by.withheld;
    }
    stage.rows.row(7).integer(key.contest.value).integer(key.slot).integer(key.unit.value);
    stage.rows.integer(key.method.value).number(value);
    stage.rows.number(static_cast<std::int16_t>(known)).number(static_cast<std::int16_t>(withheld));
    ++stage.count;
  }
  return stage;
}

// Of each contest and slot: value, known, withheld.
constexpr const char* move_contest_sums =
    "update contest_totals t set value = t.value + m.value, known = t.known + m.known,"
    " withheld = t.withheld + m.withheld, changed_at_commit = $1"
    " from unnest($2, $3, $4, $5, $6) as m (contest, slot, value, known, withheld)"
    " where t.contest = m.contest and t.slot = m.slot";
constexpr const char* add_contest_sums =
    "insert into contest_totals (contest, slot, value, known, withheld, changed_at_commit)"
    " select m.*, $1 from unnest($2, $3, $4, $5, $6) as m (contest, slot, value, known, withheld)"
    " where not exists (select 1 from contest_totals t where t.contest = m.contest"
    " and t.slot = m.slot)";
// Of each unit: its cards and sheets.
constexpr const char* move_unit_sums =
    "update unit_cards t set cards = t.cards + m.cards, sheets = t.sheets + m.sheets,"
    " changed_at_commit = $1 from unnest($2, $3, $4) as m (unit, cards, sheets)"
    " where t.unit = m.unit";
constexpr const char* add_unit_sums =
    "insert into unit_cards (unit, cards, sheets, changed_at_commit)"
    " select m.*, $1 from unnest($2, $3, $4) as m (unit, cards, sheets)"
    " where not exists (select 1 from unit_cards t where t.unit = m.unit)";

// Moves the rows that are there, and adds those that are not.
Result<void> move_sums(Database& database, const char* move, const char* add, const Columns& sums,
                       std::uint64_t commit) {
  if (sums.rows() == 0) return {};
  const Parameters parameters = sums.behind(std::move(Parameters().bigint(commit)));
  auto moved = database.run(move, parameters);
  if (moved && moved->rows_changed() < sums.rows()) moved = database.run(add, parameters);
  if (!moved) return std::unexpected(moved.error());
  return {};
}

// What follows from the totals: sums of contests, cards and sheets of units.
Result<void> write_sums(Database& database, const std::vector<TotalChange>& sorted,
                        std::uint64_t commit) {
  Columns contests(5), units(3);
  std::map<UnitId, std::pair<std::int64_t, std::int64_t>> by_unit;
  for (auto from = sorted.begin(); from != sorted.end();) {
    const ContestId contest = from->key.contest;
    const std::uint16_t column = from->key.slot;
    std::int64_t value = 0, known = 0, withheld = 0;
    for (; from != sorted.end() && from->key.contest == contest && from->key.slot == column;
         ++from) {
      value += from->by.value;
      known += from->by.known;
      withheld += from->by.withheld;
      if (contest != whole_unit) continue;
      auto& [cards, sheets] = by_unit[from->key.unit];
      if (column == slot::cards) cards += from->by.value;
      if (column == slot::sheets) sheets += from->by.value;
    }
    contests.add({contest.value, column, value, known, withheld});
  }
  for (const auto& [unit, sum] : by_unit) units.add({unit.value, sum.first, sum.second});
  auto moved = move_sums(database, move_contest_sums, add_contest_sums, contests, commit);
  if (!moved) return moved;
  return move_sums(database, move_unit_sums, add_unit_sums, units, commit);
}

// The changes go into a table of this session's own in one stream; then the totals are moved by one
// UPDATE of the rows that are there and one INSERT of those that are not.
Result<void> write_totals(Database& database, const std::vector<Change>& accepted,
                          std::uint64_t commit) {
  std::vector<TotalChange> all;
  for (const Change& change : accepted) {
    all.insert(all.end(), change.totals.begin(), change.totals.end());
  }
  std::ranges::sort(all, {}, &TotalChange::key);
  Stage stage = stage_of(all);
  if (stage.count == 0) return {};

  auto made = database.run(
      "create temporary table if not exists stage (contest integer not null, slot integer not"
      " null, unit integer not null, method integer not null, value bigint not null, known smallint"
      " not null, withheld smallint not null) on commit delete rows");
  if (!made) return std::unexpected(made.error());
  if (auto copied = database.copy_in("copy stage from stdin (format binary)", stage.rows);
      !copied) {
    return copied;
  }

  const Parameters at = std::move(Parameters().bigint(commit));
  auto updated = database.run(
      "update totals t set value = t.value + s.value, known = t.known + s.known,"
      " withheld = t.withheld + s.withheld, changed_at_commit = $1 from stage s"
      " where t.contest = s.contest and t.slot = s.slot and t.unit = s.unit"
      " and t.method = s.method",
      at);
  if (updated && updated->rows_changed() < stage.count) {
    updated = database.run(
        "insert into totals (contest, slot, unit, method, value, known, withheld,"
        " changed_at_commit) select contest, slot, unit, method, value, known, withheld, $1"
        " from stage s where not exists (select 1 from totals t where t.contest = s.contest"
        " and t.slot = s.slot and t.unit = s.unit and t.method = s.method)"
        " order by contest, slot, unit, method",
        at);
  }
  if (!updated) return std::unexpected(updated.error());
  if (auto summed = write_sums(database, all, commit); !summed) return summed;
  return write_cells(database, cell_moves(all));
}

constexpr const char* move_head =
    "update head set commit_number = $1, committed_at = " US_TO_TIME("$2") ","
    " timeline_at = case when $3 = 1 then " US_TO_TIME("$2") " else timeline_at end";

// What was known of each option at this commit, and how. Where a withdrawal took the last figure
// away, the line of the option must not go on.
constexpr const char* insert_timeline =
    "insert into timeline (commit_number, at, contest, slot, value, how)"
    " select $1, " US_TO_TIME("$2") ", contest, slot, coalesce(value, 0), how from contest_figures f"
    " where kind = 'column' and slot < 65280 and (how <> 'not reported' or exists (select 1 from"
    " contest_totals t where t.contest = f.contest and t.slot = f.slot))";

Result<void> move_partition(Database& database, const Change& change, std::uint64_t commit) {
  auto moved = database.run(
      "update partitions set step = $2, position = $3, log_size = $4, root = $5,"
      " counted = counted + $6, duplicate = duplicate + $7, conflict = conflict + $8,"
      " rejected = rejected + $9, changed_at_commit = $10 where partition = $1",
      Parameters()
          .integer(change.partition)
          .bigint(change.number)
          .bigint(change.to)
          .bigint(change.log_size)
          .bytes(change.root)
          .bigint(change.outcomes.counted)
          .bigint(change.outcomes.duplicate)
          .bigint(change.outcomes.conflict)
          .bigint(change.outcomes.rejected)
          .bigint(commit));
  if (!moved) return std::unexpected(moved.error());
  return {};
}

// What a commit adds to the tables that only grow: each table is written in one stream.
class AddedRows {
 public:
  void add(const Change& change, std::uint64_t commit) {
    steps_.row(8).integer(change.partition).bigint(change.number).bigint(change.from);
    steps_.bigint(change.to).bigint(commit).bigint(change.log_size).bytes(change.root);
    steps_.bytes(change.segment);
    for (const Incident& incident : change.incidents) {
      const bool conflict = incident.outcome == Outcome::conflict;
      any_incident_ = true;
      incidents_.row(9).integer(change.partition).bigint(incident.position).integer(incident.index);
      incidents_.text(to_text(incident.outcome))
          .text(conflict ? std::string_view() : code_of(incident.reason));
      incidents_.bytes(incident.id.bytes).bytes(incident.leaf);
      conflict ? incidents_.bytes(incident.counted) : incidents_.null();
      incidents_.bigint(commit);
    }
    for (std::size_t i = 0; i < change.decreases.size(); ++i) {
      const FigureDecrease& decrease = change.decreases[i];
      const TotalKey& key = decrease.key;
      any_decrease_ = true;
      decreases_.row(11).integer(change.partition).bigint(change.number).integer(i).bigint(commit);
      decreases_.integer(key.contest.value).integer(key.slot).integer(key.unit.value);
      decreases_.integer(key.method.value).bigint(decrease.before).bigint(decrease.after);
      decreases_.text(decrease.reason);
    }
    for (const DecisionRow& row : decision_rows(change, commit)) {
      any_decision_ = true;
      decisions_.row(10).integer(row.partition).bigint(row.step).integer(row.place).bigint(commit);
      decisions_.text(row.action).bigint(row.number).text(row.reason).text(row.officers);
      row.statement ? decisions_.bigint(*row.statement) : decisions_.null();
      decisions_.bytes(row.entry);
    }
  }

  Result<void> write(Database& database) {
    auto done = database.copy_in(
        "copy steps (partition, step, from_position, to_position, commit_number, log_size, root,"
        " segment) from stdin (format binary)",
        steps_);
    if (done && any_incident_) {
      done = database.copy_in(
          "copy incidents (partition, position, place, outcome, reason, entry_id, leaf,"
          " counted_leaf, commit_number) from stdin (format binary)",
          incidents_);
    }
    if (done && any_decrease_) {
      done = database.copy_in(
          "copy falls (partition, step, place, commit_number, contest, slot, unit, method,"
          " before_value, after_value, reason) from stdin (format binary)",
          decreases_);
    }
    if (!done || !any_decision_) return done;
    done = database.copy_in(
        "copy decisions (partition, step, place, commit_number, action, number, reason, officers,"
        " statement, entry) from stdin (format binary)",
        decisions_);
    if (!done) return done;
    auto status = database.run(set_status_sql);
    if (!status) return std::unexpected(status.error());
    return {};
  }

 private:
  CopyRows steps_, incidents_, decreases_, decisions_;
  bool any_incident_ = false, any_decrease_ = false, any_decision_ = false;
};

Result<void> write_changes(Database& database, const std::vector<Change>& accepted,
                           std::uint64_t commit) {
  AddedRows added;
  for (const Change& change : accepted) {
    if (auto moved = move_partition(database, change, commit); !moved) return moved;
    added.add(change, commit);
  }
  if (auto written = added.write(database); !written) return written;
  return write_totals(database, accepted, commit);
}

}  // namespace

Result<CommitOutcome> PostgresStore::commit(std::span<const Bytes> changes,
                                            std::int64_t committed_at_us) {
  return session_->write([&](Database& database) -> Result<CommitOutcome> {
    auto head = lock_head(*session_, database, committed_at_us);
    if (!head) return std::unexpected(head.error());
    auto decoded = decode_changes(changes, head->count, head->partitions);
    if (!decoded) return std::unexpected(decoded.error());
    auto rows = lock_partitions(database, *decoded);
    if (!rows) return std::unexpected(rows.error());

    CommitOutcome outcome{.commit = head->commit, .verdicts = {}};
    std::vector<Change> accepted;
    for (Change& change : *decoded) {
      const auto row = std::ranges::find(*rows, change.partition, &PartitionRow::partition);
      check(row != rows->end(), "each partition of a count has its row");
      if (auto refusal = refusal_of(change, *row)) {
        outcome.verdicts.push_back({false, *std::move(refusal)});
      } else {
        outcome.verdicts.push_back({true, {}});
        accepted.push_back(std::move(change));
      }
    }
    if (accepted.empty()) return outcome;

    ++outcome.commit;
    if (auto written = write_changes(database, accepted, outcome.commit); !written) {
      return std::unexpected(written.error());
    }
    auto moved = database.run(move_head, Parameters()
                                             .bigint(outcome.commit)
                                             .bigint(committed_at_us)
                                             .integer(head->timeline_due ? 1 : 0));
    if (moved && head->timeline_due) {
      moved = database.run(insert_timeline,
                           Parameters().bigint(outcome.commit).bigint(committed_at_us));
    }
    if (!moved) return std::unexpected(moved.error());
    return outcome;
  });
}

}  // namespace teller
