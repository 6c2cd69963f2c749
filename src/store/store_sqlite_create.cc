// The tables and rows of a new count, and the tables of an older program brought up to ours.
#include <fmt/format.h>

#include "base/time.h"
#include "log/merkle.h"
#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"
#include "store/store_sqlite_made.h"

namespace teller {
namespace {

using sqlite::Connection;
using sqlite::Statement;

void insert_definition(sqlite3* db, const Rules& rules, const Presentation& presentation,
                       const CountFile& count) {
  for (const DefinitionTable& table : definition_tables()) {
    if (table.only_read) continue;
    const auto columns = columns_since(table, 1);
    std::string places = "?";
    for (std::size_t i = 1; i < columns.size(); ++i) places += ", ?";
    Statement insert(db, fmt::format("insert into {} ({}) values ({})", table.name,
                                     joined(columns, columns.size()), places));
    const auto values = definition_rows(table, rules, presentation, count);
    for (std::size_t at = 0; at < values.size(); at += table.columns.size()) {
      insert.bind_all(std::span(values).subspan(at, columns.size())).run();
    }
  }
}

// What later tables have of the rules; a store of an older program is told at its first start.
void describe_contests(sqlite3* db, const Rules& rules) {
  Statement contest(db,
                    "update contests set write_ins = ?2, leaf_units = ?3, option_count = ?4 where "
                    "contest = ?1 and (write_ins <> ?2 or leaf_units <> ?3 or option_count <> ?4)");
  int told = 0;
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& c = rules.contests[i];
    told += contest
                .bind(i, c.write_ins ? 1 : 0, rules.count_expected({static_cast<std::uint32_t>(i)}),
                      c.options.size())
                .run();
  }
  if (told == 0) return;
  Statement(db, "delete from contest_heard").run();
  Statement(db, "insert into contest_heard select * from contest_heard_anew").run();
}

}  // namespace

Result<void> SqliteStore::create(const Rules& rules, const Presentation& presentation,
                                 const CountFile& count) {
  return connection_->writing([&] {
    Connection& c = *connection_;
    if (c.has_count()) {
      c.must_hold(count);
      c.bring_up();
      describe_contests(c.db, rules);
      return;
    }
    c.bring_up();
    Statement(c.db,
              "insert into head (count_id, count_file, mode, label, publication, election, "
              "time_zone, rules_hash, partitions) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(count.id.bytes, as_bytes(count.bytes), to_text(count.mode), count.label,
              count.publication, rules.election, rules.time_zone, rules.hash(), count.partitions)
        .run();
    insert_definition(c.db, rules, presentation, count);
    describe_contests(c.db, rules);
    Statement(c.db, "insert into presentations values (1, ?, ?, 'init', 'first version')")
        .bind(presentation.hash(), as_bytes(presentation.bytes))
        .run();
    Statement partition(c.db, "insert into partitions (partition, root) values (?, ?)");
    for (std::uint16_t i = 0; i < count.partitions; ++i) partition.bind(i, empty_root()).run();
    c.hold_back_views();
    c.must_hold(count);
  });
}

Result<void> SqliteStore::definition_rows(
    const DefinitionTable& table,
    const std::function<void(std::span<const DefinitionValue>)>& row) {
  return connection_->reading([&] {
    Connection& c = *connection_;
    const auto there = columns_to_read(table, c.schema_version());
    if (!there) throw there.error();
    const auto& columns = *there;
    Statement select(c.db,
                     fmt::format("select {} from {} order by {}", joined(columns, columns.size()),
                                 table.name, joined(columns, table.keys)));
    std::vector<DefinitionValue> values(columns.size());
    while (select.step()) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        values[i] = select.definition_value(static_cast<int>(i), columns[i].type);
        const auto* time = std::get_if<std::string_view>(&values[i]);
        if (columns[i].type == DefinitionColumn::Type::time && time != nullptr) {
          values[i] = parse_utc(*time);
        }
      }
      row(values);
    }
  });
}

Result<std::uint64_t> SqliteStore::check_made(const std::function<void(std::string)>& found) {
  return connection_->reading([&] { return sqlite::check_made(*connection_, found); });
}

Result<void> SqliteStore::open(const CountFile& count) {
  bool older = false;
  auto opened = connection_->reading([&] {
    Connection& c = *connection_;
    c.must_hold(count);
    older = c.check_schema();
  });
  if (!opened || !older || connection_->read_only) return opened;
  return connection_->writing([&] { connection_->bring_up(); });
}

}  // namespace teller
