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

// A row of a view. What is no whole number where one belongs, or no text, is remembered: a view gives
// what its tables hold, and tables may hold anything.
struct ViewRow {
  sqlite3_stmt* at = nullptr;
  std::string* wrong = nullptr;

  [[nodiscard]] bool null(int column) const {
    return sqlite3_column_type(at, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::string text(int column) const {
    must_be(column, SQLITE_TEXT);
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(at, column));
    if (value == nullptr) return {};
    return {value, static_cast<std::size_t>(sqlite3_column_bytes(at, column))};
  }
  [[nodiscard]] std::int64_t whole(int column) const {
    must_be(column, SQLITE_INTEGER);
    return sqlite3_column_int64(at, column);
  }
  [[nodiscard]] std::uint64_t natural(int column) const {
    return static_cast<std::uint64_t>(whole(column));
  }
  [[nodiscard]] std::optional<std::int64_t> whole_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(whole(column));
  }

 private:
  void must_be(int column, int type) const {
    if (null(column) || sqlite3_column_type(at, column) == type || !wrong->empty()) return;
    *wrong = std::string(sqlite3_column_name(at, column)) + " is " +
             (type == SQLITE_TEXT ? "no text" : "no whole number") + " in a row of \"" +
             sqlite3_sql(at) + "\"";
  }
};

}  // namespace

Result<ReadBack> read_back_sqlite(const std::filesystem::path& file, const CountId& count,
                                  const Rules& rules, bool totals) {
  sqlite3* raw = nullptr;
  const int opened = sqlite::open_reading(file, &raw);
  const std::unique_ptr<sqlite3, Closes> db(raw);
  if (opened != SQLITE_OK) return fail(Remedy::reject, "count.none", sqlite3_errmsg(raw));
  sqlite3_busy_timeout(raw, 10'000);
  const auto each = [&](const char* sql, auto row) -> Result<void> {
    std::string wrong;
    sqlite3_stmt* made = nullptr;
    int code = sqlite3_prepare_v2(raw, sql, -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, Closes> statement(made);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      code = sqlite3_step(made);
      if (code == SQLITE_ROW) row(ViewRow{made, &wrong});
    }
    if (code == SQLITE_DONE && wrong.empty()) return {};
    if (!wrong.empty()) return fail(Remedy::stop, "store.definition", "pub_* views: " + wrong);
    return fail(code == SQLITE_BUSY ? Remedy::retry : Remedy::stop,
                code == SQLITE_BUSY ? Code("store.unavailable") : Code("store.io"),
                std::string("pub_* views: ") + sqlite3_errmsg(raw));
  };
  ReadBack read_back;
  std::string holds;
  auto done = each("begin", [](const ViewRow&) {});
  if (done) {
    done = each(views_sql::head, [&](const ViewRow& row) {
      holds = row.text(0);
      read_back.commit = row.natural(1);
      read_back.outcomes = {row.natural(2), row.natural(3), row.natural(4), row.natural(5)};
      read_back.statements = row.natural(6);
    });
  }
  if (done && holds != count.hex()) {
    return fail(Remedy::reject, "count.other", "the pub_* views are those of count " + holds);
  }
  if (done) {
    done = each(views_sql::options, [&](const ViewRow& row) {
      read_back.options.push_back({{static_cast<std::uint32_t>(row.natural(0))},
                                   static_cast<std::uint16_t>(row.natural(1)),
                                   row.whole_or_null(2),
                                   row.text(3),
                                   read_back.commit});
      if (!row.null(5)) {
        read_back.options.back().reports = {row.whole(4), row.whole(5), row.whole(6)};
      }
    });
  }
  if (done) {
    done = each(views_sql::reporting, [&](const ViewRow& row) {
      read_back.reporting.push_back(
          {{static_cast<std::uint32_t>(row.natural(0))}, row.whole(1), row.whole(2)});
    });
  }
  if (done && totals) {
    read_back.has_totals = true;
    done = each(views_sql::totals, [&](const ViewRow& row) {
      ReadBack::Cell& cell = read_back.totals.emplace_back();
      cell.key = {{static_cast<std::uint32_t>(row.natural(0))},
                  static_cast<std::uint16_t>(row.natural(1)),
                  {static_cast<std::uint32_t>(row.natural(2))},
                  rules.find_method(row.text(3)).value_or(MethodId{0xFF})};
      cell.value = row.whole_or_null(4);
      cell.how = row.text(5);
      cell.as_of = read_back.commit;
    });
  }
  if (done && totals) {
    done = each(views_sql::units, [&](const ViewRow& row) {
      ReadBack::Unit& unit = read_back.units.emplace_back();
      unit.unit = {static_cast<std::uint32_t>(row.natural(0))};
      unit.cards = row.whole_or_null(1);
      unit.sheets = row.whole(2);
    });
  }
  if (!done) return std::unexpected(done.error());
  return read_back;
}

}  // namespace teller
