// pub_* views of SQLite, read back.
#include <memory>
#include <optional>

#include <sqlite3.h>

#include "store/store_sqlite_client.h"
#include "store/store_views.h"

namespace teller {
namespace {

struct Closes {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::string text(sqlite3_stmt* row, int column) {
  const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return value == nullptr ? "" : value;
}
std::uint64_t natural(sqlite3_stmt* row, int column) {
  return static_cast<std::uint64_t>(sqlite3_column_int64(row, column));
}
std::optional<std::int64_t> whole_or_null(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(row, column);
}

}  // namespace

Result<ReadBack> read_back_sqlite(const std::filesystem::path& file, const CountId& count,
                                  const Rules& rules, bool totals) {
  sqlite3* raw = nullptr;
  const int opened = sqlite::open_reading(file, &raw);
  const std::unique_ptr<sqlite3, Closes> db(raw);
  if (opened != SQLITE_OK) return fail(Remedy::reject, "count.none", sqlite3_errmsg(raw));
  sqlite3_busy_timeout(raw, 10'000);
  const auto each = [&](const char* sql, auto row) -> Result<void> {
    sqlite3_stmt* made = nullptr;
    int code = sqlite3_prepare_v2(raw, sql, -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, Closes> statement(made);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      code = sqlite3_step(made);
      if (code == SQLITE_ROW) row(made);
    }
    if (code == SQLITE_DONE) return {};
    return fail(code == SQLITE_BUSY ? Remedy::retry : Remedy::stop,
                code == SQLITE_BUSY ? Code("store.unavailable") : Code("store.io"),
                std::string("pub_* views: ") + sqlite3_errmsg(raw));
  };
  ReadBack read_back;
  std::string holds;
  auto done = each("begin", [](sqlite3_stmt*) {});
  if (done) {
    done = each(views_sql::head, [&](sqlite3_stmt* row) {
      holds = text(row, 0);
      read_back.commit = natural(row, 1);
      read_back.outcomes = {natural(row, 2), natural(row, 3), natural(row, 4), natural(row, 5)};
      read_back.statements = natural(row, 6);
    });
  }
  if (done && holds != count.hex()) {
    return fail(Remedy::reject, "count.other", "the pub_* views are those of count " + holds);
  }
  if (done) {
    done = each(views_sql::options, [&](sqlite3_stmt* row) {
      read_back.options.push_back({{static_cast<std::uint32_t>(natural(row, 0))},
                                   static_cast<std::uint16_t>(natural(row, 1)),
                                   whole_or_null(row, 2),
                                   text(row, 3),
                                   read_back.commit});
      if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
        read_back.options.back().reports = {sqlite3_column_int64(row, 4),
                                            sqlite3_column_int64(row, 5),
                                            sqlite3_column_int64(row, 6)};
      }
    });
  }
  if (done) {
    done = each(views_sql::reporting, [&](sqlite3_stmt* row) {
      read_back.reporting.push_back({{static_cast<std::uint32_t>(natural(row, 0))},
                                     sqlite3_column_int64(row, 1),
                                     sqlite3_column_int64(row, 2)});
    });
  }
  if (done && totals) {
    read_back.has_totals = true;
    done = each(views_sql::totals, [&](sqlite3_stmt* row) {
      ReadBack::Cell& cell = read_back.totals.emplace_back();
      cell.key = {{static_cast<std::uint32_t>(natural(row, 0))},
                  static_cast<std::uint16_t>(natural(row, 1)),
                  {static_cast<std::uint32_t>(natural(row, 2))},
                  rules.find_method(text(row, 3)).value_or(MethodId{0xFF})};
      cell.value = whole_or_null(row, 4);
      cell.how = text(row, 5);
      cell.as_of = read_back.commit;
    });
  }
  if (done && totals) {
    done = each(views_sql::units, [&](sqlite3_stmt* row) {
      ReadBack::Unit& unit = read_back.units.emplace_back();
      unit.unit = {static_cast<std::uint32_t>(natural(row, 0))};
      unit.cards = whole_or_null(row, 1);
      unit.sheets = sqlite3_column_int64(row, 2);
    });
  }
  if (!done) return std::unexpected(done.error());
  return read_back;
}

}  // namespace teller
