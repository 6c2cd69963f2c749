#include "store/store_sqlite_connection.h"

#include <array>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/time.h"
#include "embedded/sql_decisions.h"
#include "embedded/sql_deliverer.h"
#include "embedded/sql_deliveries.h"
#include "embedded/sql_entered_sheets.h"
#include "embedded/sql_first_preferences.h"
#include "embedded/sql_inbox_refused.h"
#include "embedded/sql_officers.h"
#include "embedded/sql_parts_missing.h"
#include "embedded/sql_places.h"
#include "embedded/sql_presentation.h"
#include "embedded/sql_sqlite_001_count.h"
#include "embedded/sql_sqlite_002_audit.h"
#include "embedded/sql_sqlite_003_reconcile.h"
#include "embedded/sql_sqlite_004_figures.h"
#include "embedded/sql_totals.h"
#include "embedded/sql_views.h"
#include "embedded/sql_withdrawals.h"
#include "store/commit_check.h"
#include "store/schema_marks.h"
#include "store/schema_text.h"

namespace teller::sqlite {
namespace {

// schema/sql and schema/sql/sqlite, in order. A store has run the first n of them; schema_files
// says which n.
constexpr std::array<std::string_view, 17> schema_files{embedded::sql_sqlite_001_count,
                                                        embedded::sql_sqlite_002_audit,
                                                        embedded::sql_sqlite_003_reconcile,
                                                        embedded::sql_sqlite_004_figures,
                                                        embedded::sql_views,
                                                        embedded::sql_deliveries,
                                                        embedded::sql_withdrawals,
                                                        embedded::sql_inbox_refused,
                                                        embedded::sql_deliverer,
                                                        embedded::sql_decisions,
                                                        embedded::sql_presentation,
                                                        embedded::sql_places,
                                                        embedded::sql_first_preferences,
                                                        embedded::sql_parts_missing,
                                                        embedded::sql_officers,
                                                        embedded::sql_totals,
                                                        embedded::sql_entered_sheets};
// What we read ourselves has been there since this one; a later file is for counting and for people.
constexpr std::size_t readable_since = 3;

void must_not_be_newer(std::size_t version) {
  if (version > schema_files.size()) {
    throw Error{Remedy::reject, "store.newer",
                fmt::format("the store's tables are of version {}, this program knows {}", version,
                            schema_files.size())};
  }
}

}  // namespace

Connection::~Connection() { sqlite3_close_v2(db); }

void Connection::roll_back() { sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr); }

void Connection::run(std::string_view sql) {
  char* text = nullptr;
  const int code = sqlite3_exec(db, std::string(sql).c_str(), nullptr, nullptr, &text);
  if (code != SQLITE_OK) {
    SqlFault fault{code, text != nullptr ? text : "error"};
    sqlite3_free(text);
    throw fault;
  }
}

bool Connection::has_table(std::string_view name) {
  return Statement(db, "select 1 from sqlite_master where type = 'table' and name = ?")
      .bind(name)
      .step();
}

bool Connection::has_count() { return has_table("head"); }

std::size_t Connection::schema_version() {
  if (!has_count()) return 0;
  if (!has_table("schema_files")) return 1;
  Statement last(db, "select max(number) from schema_files");
  last.step();
  return static_cast<std::size_t>(last.number(0));
}

void Connection::bring_up() {
  const std::size_t at = schema_version();
  must_not_be_newer(at);
  make_tables(at, schema_files.size());
  hold_back_views();
}

void Connection::make_tables(std::size_t version) { make_tables(0, version); }

void Connection::make_tables(std::size_t from, std::size_t version) {
  for (std::size_t at = from; at < version; ++at) {
    run(schema_text(schema_files.at(at), "sqlite"));
    if (at > 0) {  // The list itself came with the second.
      Statement(db, "insert into schema_files values (?)").bind(at + 1).run();
    }
  }
}

std::string Connection::held_publication() {
  Statement head(db,
                 "select publication from head where publication in ('after_close', 'certified')");
  return head.step() ? head.text(0) : std::string();
}

void Connection::hold_back_views() {
  const std::string publication = held_publication();
  if (publication.empty()) return;
  // Of a count that publishes its certified result alone no view has a row, ever.
  const std::string_view when = publication == "certified"
                                    ? "0"
                                    : "(select partitions from head) = (select count(distinct "
                                      "partition) from decisions where action = 'close')";
  std::vector<std::pair<std::string, std::string>> views;
  {
    // What says only how much was counted, what officers decided and whether places agree, stays.
    Statement select(
        db,
        "select name, sql from sqlite_master where type = 'view' and name glob 'pub_*' "
        "and name not in ('pub_head', 'pub_decisions', 'pub_reconcile') and sql not "
        "like '% from held_%'");
    while (select.step()) views.emplace_back(select.text(0), select.text(1));
  }
  for (const auto& [name, sql] : views) {
    const std::string held = "held_" + name.substr(4);
    const std::string made = sql.substr(sql.find(name) + name.size());
    run(fmt::format(
        "drop view {0}; drop view if exists {1}; create view {1}{2}; create view {0} as "
        "select * from {1} where {3}",
        name, held, made, when));
  }
}

bool Connection::check_schema() {
  const std::size_t version = schema_version();
  must_not_be_newer(version);
  for (const SchemaMark& mark : schema_marks) {
    if (mark.file <= version) continue;
    if (Statement(db, "select 1 from pragma_table_info(?) where name = ?")
            .bind(std::string_view(mark.table), std::string_view(mark.column))
            .step()) {
      throw behind_its_tables(version, mark);
    }
  }
  if (version < readable_since && read_only) {
    throw Error{
        Remedy::reject, "store.older",
        fmt::format("the store's tables are of version {}, this program reads those from {} on",
                    version, readable_since)};
  }
  return version < schema_files.size();
}

void Connection::must_hold(const CountFile& wanted) {
  if (!has_count()) throw Error{Remedy::reject, "count.none", "this store holds no count yet"};
  Statement head(db, "select count_id, partitions from head");
  head.step();
  if (head.array<16>(0) != wanted.id.bytes) {
    throw Error{Remedy::reject, "count.other", "this store holds another count"};
  }
  count = wanted.id;
  partitions = static_cast<std::size_t>(head.number(1));
}

Head Connection::head() {
  Statement select(db, "select commit_number, committed_at, status from head");
  Head head;
  if (select.step()) {
    head.commit = select.count(0);
    if (!select.null(1)) head.committed_at_us = parse_utc(select.text(1));
    head.status = select.text(2);
  }
  return head;
}

std::vector<PartitionRow> Connection::rows() {
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
  Statement of(db, "select partitions from head");
  of.step();
  if (auto all = check_all_partitions(rows, of.count(0)); !all) throw Error{all.error()};
  return rows;
}

Result<std::unique_ptr<Connection>> open_other_file(const std::filesystem::path& file,
                                                    std::string_view pragmas) {
  keep_no_sum_of_memory();
  auto connection = std::make_unique<Connection>();
  const int opened = sqlite3_open_v2(file.c_str(), &connection->db,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) {
    return fail(Remedy::stop, "store.io", file.string() + ": " + sqlite3_errmsg(connection->db));
  }
  sqlite3_busy_timeout(connection->db, 10'000);
  try {
    connection->run(pragmas);
  } catch (const SqlFault& fault) {
    return std::unexpected(error_of(fault, connection->db));
  }
  return connection;
}

}  // namespace teller::sqlite
