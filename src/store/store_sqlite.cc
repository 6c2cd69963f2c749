#include "store/store_sqlite.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <mutex>

#include <sqlite3.h>

#include "base/check.h"
#include "base/time.h"
#include "embedded/sql_sqlite_001_count.h"
#include "embedded/sql_sqlite_002_audit.h"
#include "embedded/sql_sqlite_003_reconcile.h"
#include "embedded/sql_sqlite_004_figures.h"
#include "log/merkle.h"
#include "store/cell_moves.h"
#include "store/commit_check.h"

namespace teller {
namespace {

// schema/sql/sqlite, in order. A store has run the first n of them; schema_files says which n.
constexpr std::array<std::string_view, 4> schema_files{
    embedded::sql_sqlite_001_count, embedded::sql_sqlite_002_audit,
    embedded::sql_sqlite_003_reconcile, embedded::sql_sqlite_004_figures};
// What we read ourselves has been there since this one; a later file is for counting and for people.
constexpr std::size_t readable_since = 3;

// Leaves a call of this adapter; becomes an Error at its border.
struct SqlFault {
  int code;
  std::string text;
};

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql) : db_(db) {
    if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
        SQLITE_OK) {
      fault();
    }
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <typename... Values>
  Statement& bind(const Values&... values) {
    sqlite3_reset(statement_);
    int at = 0;
    (put(++at, values), ...);
    return *this;
  }
  // True when there is a row.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fault();
    return false;
  }
  // For statements without rows. Returns how many rows it changed.
  int run() {
    while (step()) {
    }
    const int changed = sqlite3_changes(db_);
    sqlite3_reset(statement_);
    return changed;
  }
  [[nodiscard]] std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::uint64_t count(int column) {
    return static_cast<std::uint64_t>(number(column));
  }
  [[nodiscard]] bool null(int column) {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] ByteView bytes(int column) {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] std::string text(int column) { return std::string(as_text(bytes(column))); }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array(int column) {
    std::array<std::uint8_t, N> result{};
    const ByteView value = bytes(column);
    std::copy_n(value.begin(), std::min(value.size(), N), result.begin());
    return result;
  }

 private:
  [[noreturn]] void fault() const { throw SqlFault{sqlite3_errcode(db_), sqlite3_errmsg(db_)}; }

  template <std::integral T>
  void put(int at, T value) {
    sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value));
  }
  // SQLite takes a null pointer, which an empty view may have, for NULL.
  void put(int at, std::string_view value) {
    sqlite3_bind_text(statement_, at, value.empty() ? "" : value.data(),
                      static_cast<int>(value.size()), SQLITE_TRANSIENT);
  }
  void put(int at, const char* value) { put(at, std::string_view(value)); }
  void put(int at, const std::string& value) { put(at, std::string_view(value)); }
  void put(int at, ByteView value) {
    sqlite3_bind_blob(statement_, at, value.empty() ? "" : static_cast<const void*>(value.data()),
                      static_cast<int>(value.size()), SQLITE_TRANSIENT);
  }
  template <std::size_t N>
  void put(int at, const std::array<std::uint8_t, N>& value) {
    put(at, ByteView(value));
  }
  void put(int at, const Bytes& value) { put(at, ByteView(value)); }
  template <typename T>
  void put(int at, const std::optional<T>& value) {
    if (value) {
      put(at, *value);
    } else {
      sqlite3_bind_null(statement_, at);
    }
  }

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

Error error_of(const SqlFault& fault) {
  switch (fault.code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
      return {Remedy::retry, "store.unavailable", fault.text};
    default:
      return {Remedy::stop, "store.io", fault.text};
  }
}

std::optional<std::string> or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

struct SqliteStore::Connection {
  std::mutex mutex;
  sqlite3* db = nullptr;
  bool read_only = false;
  std::optional<CountId> count;
  std::size_t partitions = 0;

  ~Connection() { sqlite3_close_v2(db); }

  void run(std::string_view sql) {
    char* text = nullptr;
    const int code = sqlite3_exec(db, std::string(sql).c_str(), nullptr, nullptr, &text);
    if (code != SQLITE_OK) {
      SqlFault fault{code, text != nullptr ? text : "error"};
      sqlite3_free(text);
      throw fault;
    }
  }

  // Runs `body` in one transaction under the lock; a fault rolls back and becomes an Error.
  template <typename Body>
  auto transaction(std::string_view begin, Body body) -> Result<decltype(body())> {
    const std::scoped_lock lock(mutex);
    try {
      run(begin);
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
        run("commit");
        return {};
      } else {
        auto result = body();
        run("commit");
        return result;
      }
    } catch (const SqlFault& fault) {
      sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
      return std::unexpected(error_of(fault));
    } catch (Error& error) {
      sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
      return std::unexpected(std::move(error));
    }
  }
  template <typename Body>
  auto writing(Body body) {
    return transaction("begin immediate", std::move(body));
  }
  template <typename Body>
  auto reading(Body body) {
    return transaction("begin", std::move(body));
  }

  bool has_table(std::string_view name) {
    return Statement(db, "select 1 from sqlite_master where type = 'table' and name = ?")
        .bind(name)
        .step();
  }
  bool has_count() { return has_table("head"); }

  // How many of schema_files this store has run. The first of them kept no list.
  std::size_t schema_version() {
    if (!has_count()) return 0;
    if (!has_table("schema_files")) return 1;
    Statement last(db, "select max(number) from schema_files");
    last.step();
    return static_cast<std::size_t>(last.number(0));
  }
  // Runs the schema files that are missing; throws an Error if the store is a newer program's.
  void bring_up() {
    std::size_t at = schema_version();
    must_not_be_newer(at);
    for (; at < schema_files.size(); ++at) {
      run(schema_files[at]);
      if (at > 0) {  // The list itself came with the second.
        Statement(db, "insert into schema_files values (?)").bind(at + 1).run();
      }
    }
  }
  static void must_not_be_newer(std::size_t version) {
    if (version > schema_files.size()) {
      throw Error{Remedy::reject, "store.newer",
                  "the store's tables are of version " + std::to_string(version) +
                      ", this program knows " + std::to_string(schema_files.size())};
    }
  }
  // Throws an Error unless this is the count.
  void must_hold(const CountFile& wanted) {
    if (!has_count()) throw Error{Remedy::reject, "count.none", "this store holds no count yet"};
    Statement head(db, "select count_id, partitions from head");
    head.step();
    if (head.array<16>(0) != wanted.id.bytes) {
      throw Error{Remedy::reject, "count.other", "this store holds another count"};
    }
    count = wanted.id;
    partitions = static_cast<std::size_t>(head.number(1));
  }

  Head head() {
    Statement select(db, "select commit_number, committed_at, status from head");
    Head head;
    if (select.step()) {
      head.commit = select.count(0);
      if (!select.null(1)) head.committed_at_us = parse_utc(select.text(1));
      head.status = select.text(2);
    }
    return head;
  }

  std::vector<PartitionRow> rows() {
    Statement select(db,
                     "select partition, step, position, log_size, root, counted, duplicate, "
                     "conflict, rejected, halted_because from partitions order by partition");
    std::vector<PartitionRow> rows;
    while (select.step()) {
      PartitionRow& row = rows.emplace_back();
      row.partition = static_cast<std::uint16_t>(select.number(0));
      row.committed = {select.count(1), select.count(2), select.count(3), select.array<32>(4)};
      row.outcomes = {select.count(5), select.count(6), select.count(7), select.count(8)};
      row.halted = !select.null(9);
      row.halted_because = select.text(9);
    }
    return rows;
  }

  std::vector<StepRow> step_rows(Statement& select) {
    std::vector<StepRow> rows;
    while (select.step()) {
      rows.push_back({static_cast<std::uint16_t>(select.number(0)), select.count(1),
                      select.count(2), select.count(3), select.count(4), select.count(5),
                      select.array<32>(6), select.array<32>(7)});
    }
    return rows;
  }

  void insert_definition(const Rules& rules, const Presentation& presentation);
  void describe_contests(const Rules& rules);
  void apply(const Change& change, std::uint64_t commit);
  void add_timeline(std::uint64_t commit, std::int64_t now_us);
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_file(const std::filesystem::path& path,
                                                            bool read_only) {
  auto connection = std::make_unique<Connection>();
  connection->read_only = read_only;
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path.c_str(), &connection->db, flags | SQLITE_OPEN_NOMUTEX, nullptr) !=
      SQLITE_OK) {
    return fail(read_only ? Remedy::reject : Remedy::stop, read_only ? "file.missing" : "store.io",
                path.string() + ": " + sqlite3_errmsg(connection->db));
  }
  try {
    sqlite3_busy_timeout(connection->db, 10'000);
    if (!read_only) connection->run("pragma journal_mode = wal");
    connection->run(
        "pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536");
  } catch (const SqlFault& fault) {
    return std::unexpected(error_of(fault));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(connection)));
}

SqliteStore::SqliteStore(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
SqliteStore::~SqliteStore() = default;

void SqliteStore::Connection::insert_definition(const Rules& rules,
                                                const Presentation& presentation) {
  const auto look = [](const auto& looks, const std::string& key) {
    const auto found = looks.find(key);
    return found == looks.end() ? OptionLook{} : found->second;
  };
  Statement method(db, "insert into methods values (?, ?, ?)");
  for (std::size_t i = 0; i < rules.methods.size(); ++i) {
    method.bind(i, rules.methods[i].id, rules.methods[i].name).run();
  }
  Statement party(db, "insert into parties values (?, ?, ?, ?)");
  for (std::size_t i = 0; i < rules.parties.size(); ++i) {
    const Party& p = rules.parties[i];
    party.bind(i, p.id, p.name, or_null(look(presentation.parties, p.id).colour)).run();
  }
  Statement unit(db, "insert into units values (?, ?, ?, ?, ?, ?, ?, ?)");
  std::vector<std::uint32_t> depth(rules.units.size());
  std::vector<std::optional<std::uint32_t>> top(rules.units.size());
  for (std::size_t i = 0; i < rules.units.size(); ++i) {
    const Unit& u = rules.units[i];
    std::optional<std::uint32_t> parent;
    if (u.parent) {
      parent = u.parent->value;
      depth[i] = depth[*parent] + 1;
      top[i] = depth[i] == 1 ? std::optional(static_cast<std::uint32_t>(i)) : top[*parent];
    }
    std::optional<std::uint64_t> registered;
    if (const auto found = presentation.registered.find(u.id);
        found != presentation.registered.end()) {
      registered = found->second;
    }
    unit.bind(i, u.id, u.name, u.kind, parent, depth[i], top[i], registered).run();
  }
  Statement contest(db,
                    "insert into contests (contest, id, name, kind, seats, votes_allowed, "
                    "share_base, decides, unit) values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement contest_method(db, "insert into contest_methods values (?, ?, ?)");
  Statement option(db, "insert into options values (?, ?, ?, ?, ?, ?, ?, ?)");
  Statement option_party(db, "insert into option_parties values (?, ?, ?, ?)");
  Statement candidate(db, "insert into candidates values (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& c = rules.contests[i];
    contest
        .bind(i, c.id, c.name, to_text(c.kind), c.seats, c.votes_allowed, c.share_base, c.decides,
              c.unit.value)
        .run();
    for (std::size_t k = 0; k < c.counted_from.size(); ++k) {
      contest_method.bind(i, k, c.counted_from[k] == CountedFrom::sheets ? 1 : 0).run();
    }
    for (std::size_t k = 0; k < c.options.size(); ++k) {
      const Option& o = c.options[k];
      const OptionLook seen = look(presentation.options, c.id + "/" + o.id);
      option
          .bind(i, k, o.id, o.name, seen.short_name.empty() ? o.name : seen.short_name,
                to_text(o.kind), or_null(seen.colour), or_null(seen.photo))
          .run();
      for (std::size_t n = 0; n < o.parties.size(); ++n) {
        option_party.bind(i, k, o.parties[n].value, n).run();
      }
      for (std::size_t n = 0; n < o.candidates.size(); ++n) {
        candidate.bind(i, k, n, o.candidates[n].id, o.candidates[n].name).run();
      }
    }
  }
}

// What later tables have of the rules; a store of an older program is told at its first start.
void SqliteStore::Connection::describe_contests(const Rules& rules) {
  Statement contest(db,
                    "update contests set write_ins = ?2, leaf_units = ?3 where contest = ?1 and "
                    "(write_ins <> ?2 or leaf_units <> ?3)");
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& c = rules.contests[i];
    contest.bind(i, c.write_ins ? 1 : 0, rules.leaf_units(c.unit)).run();
  }
}

Result<void> SqliteStore::create(const Rules& rules, const Presentation& presentation,
                                 const CountFile& count) {
  return connection_->writing([&] {
    Connection& c = *connection_;
    if (c.has_count()) {
      c.must_hold(count);
      c.bring_up();
      c.describe_contests(rules);
      return;
    }
    c.bring_up();
    Statement(c.db,
              "insert into head (count_id, count_file, mode, label, publication, election, "
              "time_zone, rules_hash, partitions) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(count.id.bytes, as_bytes(count.bytes), to_text(count.mode), count.label,
              count.publication, rules.election, rules.time_zone, rules.hash(), count.partitions)
        .run();
    c.insert_definition(rules, presentation);
    c.describe_contests(rules);
    Statement(c.db, "insert into presentations values (1, ?, ?, 'init', 'first version')")
        .bind(presentation.hash(), as_bytes(presentation.bytes))
        .run();
    Statement partition(c.db, "insert into partitions (partition, root) values (?, ?)");
    for (std::uint16_t i = 0; i < count.partitions; ++i) partition.bind(i, empty_root()).run();
    c.must_hold(count);
  });
}

Result<void> SqliteStore::open(const CountFile& count) {
  bool older = false;
  auto opened = connection_->reading([&] {
    Connection& c = *connection_;
    c.must_hold(count);
    const std::size_t version = c.schema_version();
    Connection::must_not_be_newer(version);
    older = version < schema_files.size();
    if (version < readable_since && c.read_only) {
      throw Error{Remedy::reject, "store.older",
                  "the store's tables are of version " + std::to_string(version) +
                      ", this program reads those from " + std::to_string(readable_since) + " on"};
    }
  });
  if (!opened || !older || connection_->read_only) return opened;
  return connection_->writing([&] { connection_->bring_up(); });
}

void SqliteStore::Connection::apply(const Change& change, std::uint64_t commit) {
  Statement(db,
            "update partitions set step = ?, position = ?, log_size = ?, root = ?, "
            "counted = counted + ?, duplicate = duplicate + ?, conflict = conflict + ?, "
            "rejected = rejected + ?, changed_at_commit = ? where partition = ?")
      .bind(change.number, change.to, change.log_size, change.root, change.outcomes.counted,
            change.outcomes.duplicate, change.outcomes.conflict, change.outcomes.rejected, commit,
            change.partition)
      .run();
  Statement(db, "insert into steps values (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(change.partition, change.number, change.from, change.to, commit, change.log_size,
            change.root, change.segment)
      .run();
  // Never one INSERT … ON CONFLICT: it holds a negative change against the checks of a new row.
  Statement total(db,
                  "update totals set value = value + ?5, known = known + ?6, withheld = withheld + "
                  "?7, changed_at_commit = ?8 where contest = ?1 and slot = ?2 and unit = ?3 and "
                  "method = ?4");
  Statement new_total(db, "insert into totals values (?, ?, ?, ?, ?, ?, ?, ?)");
  const auto add = [](Statement& update, Statement& insert, const auto&... values) {
    if (update.bind(values...).run() == 0) insert.bind(values...).run();
  };
  std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> by_unit;
  struct Sum {
    std::int64_t value = 0, known = 0, withheld = 0;
  };
  std::map<std::pair<std::uint32_t, std::uint16_t>, Sum> sums;
  for (const auto& [key, by] : change.totals) {
    add(total, new_total, key.contest.value, key.slot, key.unit.value, key.method.value, by.value,
        by.known, by.withheld, commit);
    Sum& sum = sums[{key.contest.value, key.slot}];
    sum.value += by.value;
    sum.known += by.known;
    sum.withheld += by.withheld;
    if (key.contest == whole_unit) {
      auto& [cards, sheets] = by_unit[key.unit.value];
      if (key.slot == slot::cards) cards += by.value;
      if (key.slot == slot::sheets) sheets += by.value;
    }
  }
  Statement contest_total(db,
                          "update contest_totals set value = value + ?3, known = known + ?4, "
                          "withheld = withheld + ?5, changed_at_commit = ?6 where contest = ?1 "
                          "and slot = ?2");
  Statement new_contest_total(
      db,
      "insert into contest_totals (contest, slot, value, known, withheld, changed_at_commit) "
      "values (?, ?, ?, ?, ?, ?)");
  for (const auto& [key, sum] : sums) {
    add(contest_total, new_contest_total, key.first, key.second, sum.value, sum.known, sum.withheld,
        commit);
  }
  Statement cell(db,
                 "update cells set figures = figures + ?4, cards = cards + ?5, options_known = "
                 "options_known + ?6, options_withheld = options_withheld + ?7, write_ins_known = "
                 "write_ins_known + ?8, write_ins_withheld = write_ins_withheld + ?9 where contest "
                 "= ?1 and unit = ?2 and method = ?3");
  Statement new_cell(db, "insert into cells values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const CellMove& move : cell_moves(change.totals)) {
    add(cell, new_cell, move.contest.value, move.unit.value, move.method.value, move.figures,
        move.cards, move.options_known, move.options_withheld, move.write_ins_known,
        move.write_ins_withheld);
  }
  Statement unit(db,
                 "update unit_cards set cards = cards + ?2, sheets = sheets + ?3, "
                 "changed_at_commit = ?4 where unit = ?1");
  Statement new_unit(db, "insert into unit_cards values (?, ?, ?, ?)");
  for (const auto& [key, sum] : by_unit) {
    add(unit, new_unit, key, sum.first, sum.second, commit);
  }
  Statement incident(db, "insert into incidents values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Incident& i : change.incidents) {
    incident
        .bind(change.partition, i.position, i.index, to_text(i.outcome),
              i.outcome == Outcome::rejected ? code_of(i.reason) : std::string_view(), i.id.bytes,
              i.leaf, i.outcome == Outcome::conflict ? std::optional(i.counted) : std::nullopt,
              commit)
        .run();
  }
  Statement decrease(db, "insert into falls values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < change.decreases.size(); ++i) {
    const FigureDecrease& f = change.decreases[i];
    decrease
        .bind(change.partition, change.number, i, commit, f.key.contest.value, f.key.slot,
              f.key.unit.value, f.key.method.value, f.before, f.after, f.reason)
        .run();
  }
}

void SqliteStore::Connection::add_timeline(std::uint64_t commit, std::int64_t now_us) {
  constexpr std::int64_t second_us = 1'000'000;
  {
    Statement last(db, "select timeline_at from head");
    if (last.step() && !last.null(0) && now_us - parse_utc(last.text(0)) < second_us) return;
  }
  const std::string now = format_utc(now_us);
  Statement(db,
            "insert into timeline select ?, ?, contest, slot, value from contest_totals where "
            "slot < 65280")
      .bind(commit, now)
      .run();
  Statement(db, "update head set timeline_at = ?").bind(now).run();
}

Result<CommitOutcome> SqliteStore::commit(std::span<const Bytes> changes,
                                          std::int64_t committed_at_us) {
  check(connection_->count.has_value(), "a store is created or opened before it is used");
  const auto decoded = decode_changes(changes, *connection_->count, connection_->partitions);
  if (!decoded) return std::unexpected(decoded.error());
  return connection_->writing([&] {
    Connection& c = *connection_;
    const Head head = c.head();
    const std::vector<PartitionRow> rows = c.rows();
    CommitOutcome outcome{head.commit, {}};
    for (const Change& change : *decoded) {
      if (auto refusal = refusal_of(change, rows[change.partition])) {
        outcome.verdicts.push_back({false, *refusal});
        continue;
      }
      outcome.commit = head.commit + 1;
      c.apply(change, outcome.commit);
      outcome.verdicts.push_back({true, {}});
    }
    if (outcome.commit != head.commit) {
      Statement(c.db, "update head set commit_number = ?, committed_at = ?")
          .bind(outcome.commit, format_utc(committed_at_us))
          .run();
      c.add_timeline(outcome.commit, committed_at_us);
    }
    return outcome;
  });
}

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
    return connection_->step_rows(select);
  });
}

Result<std::optional<StepRow>> SqliteStore::step(std::uint16_t partition, std::uint64_t number) {
  return connection_->reading([&]() -> std::optional<StepRow> {
    Statement select(connection_->db,
                     "select partition, step, from_position, to_position, commit_number, "
                     "log_size, root, segment from steps where partition = ? and step = ?");
    select.bind(partition, number);
    const auto rows = connection_->step_rows(select);
    if (rows.empty()) return std::nullopt;
    return rows.front();
  });
}

Result<std::vector<Store::IncidentRow>> SqliteStore::incidents(std::uint64_t after_commit,
                                                               std::uint64_t limit) {
  return connection_->reading([&] {
    Statement select(connection_->db,
                     "select i.partition, commit_number, outcome, reason, i.position, i.place, "
                     "entry_id, leaf, counted_leaf, as_partition, as_position, as_place "
                     "from incidents i left join replays r on r.partition = i.partition "
                     "and r.position = i.position and r.place = i.place where commit_number > ? "
                     "order by commit_number, i.partition, i.position, i.place");
    select.bind(after_commit);
    std::vector<IncidentRow> rows;
    while (select.step()) {
      if (rows.size() >= limit && select.count(1) != rows.back().commit) break;
      IncidentRow& row = rows.emplace_back();
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
    }
    return rows;
  });
}

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

Result<void> SqliteStore::halt(std::uint16_t partition, std::string_view because) {
  return connection_->writing([&] {
    Statement(connection_->db, "update partitions set halted_because = ? where partition = ?")
        .bind(because, partition)
        .run();
  });
}

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

Result<void> SqliteStore::put_reconciliation(const ReconciliationRow& row) {
  return connection_->writing([&] {
    Statement(connection_->db, "replace into reconciliation values (1, ?, ?, ?, ?, ?)")
        .bind(format_utc(row.at_us), row.commit, row.differences, row.differs, row.not_looked_at)
        .run();
  });
}

Result<std::optional<ReconciliationRow>> SqliteStore::last_reconciliation() {
  return connection_->reading([&]() -> std::optional<ReconciliationRow> {
    Statement select(connection_->db,
                     "select at, commit_number, differences, differs, not_looked_at "
                     "from reconciliation");
    if (!select.step()) return std::nullopt;
    return ReconciliationRow{parse_utc(select.text(0)), select.count(1), select.count(2),
                             select.text(3), select.text(4)};
  });
}

Result<void> SqliteStore::skip_to(std::uint64_t commit) {
  return connection_->writing([&] {
    Statement(connection_->db, "update head set commit_number = max(commit_number, ?)")
        .bind(commit)
        .run();
  });
}

Result<void> SqliteStore::bind_journal(std::string_view journal_id) {
  return connection_->writing([&] {
    {
      Statement select(connection_->db, "select journal_id from head");
      if (select.step() && !select.null(0) && select.text(0) != journal_id) {
        throw Error{Remedy::reject, "journal.other", "the positions belong to another journal"};
      }
    }
    Statement(connection_->db, "update head set journal_id = ?").bind(journal_id).run();
  });
}

}  // namespace teller
