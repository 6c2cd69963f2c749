#include "store/store_sqlite_made.h"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include "store/sized_columns.h"

namespace teller::sqlite {
namespace {

using MadeFound = std::function<void(std::string)>;
using ObjectName = std::pair<std::string, std::string>;  // "view", "pub_options"

constexpr std::size_t version_of_other_views = 4;

// Without comments and with one blank for several, but in quotes: what SQLite reads. Of texts that are equal as this both
// say the same, since one of them is ours: what else could hide something (`/*`, a bracket, a backtick) is in none of ours.
std::string without_comments(std::string_view sql) {
  constexpr std::string_view blanks = " \t\n\f\r";
  std::string text;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (c == '\'' || c == '"') {
      const std::size_t end = std::min(sql.find(c, at + 1), sql.size() - 1);
      text += sql.substr(at, end + 1 - at);
      at = end + 1;
    } else {
      const bool blank = blanks.contains(c);
      if (!blank) text += c;
      if (blank && !text.empty() && text.back() != ' ') text += ' ';
      ++at;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::map<ObjectName, std::string> objects_of(Connection& store, bool with_views) {
  std::map<ObjectName, std::string> objects;
  Statement all(store.db, "select type, name, sql from sqlite_master");
  while (all.step()) {
    ObjectName name{all.text(0), all.text(1)};
    if (name.first == "view" && !with_views) continue;
    // Of `analyze`, for who plans a query.
    if (name.first == "table" && name.second.starts_with("sqlite_stat")) continue;
    objects.emplace(std::move(name), without_comments(all.text_view(2)));
  }
  return objects;
}

// What this program makes of a store of that version.
Connection& as_made(Connection& store, std::size_t version) {
  const std::string held = store.held_publication();
  if (store.as_made && store.as_made_version == version && store.as_made_held == held) {
    return *store.as_made;
  }
  auto made = std::make_unique<Connection>();
  if (const int code = sqlite3_open_v2(
          ":memory:", &made->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
          nullptr);
      code != SQLITE_OK) {
    throw SqlFault{code, "a store in memory cannot be made"};
  }
  made->make_tables(version);
  if (!held.empty()) {
    made->run(fmt::format(
        "insert into head (count_id, count_file, mode, label, publication, election, time_zone, "
        "rules_hash, partitions) values (zeroblob(16), x'', 'test', '', '{}', '', '', "
        "zeroblob(32), 1)",
        held));
    made->hold_back_views();
  }
  store.as_made = std::move(made);
  store.as_made_version = version;
  store.as_made_held = held;
  return *store.as_made;
}

struct MadeColumn {
  std::string name;
  std::string type;  // As typeof() has it.
  bool key = false, may_be_empty = false;
  std::int64_t size = 0;  // Of hashes and ids, of which no more is read; else 0.
};

std::int64_t size_of(std::string_view table, std::string_view column) {
  for (const SizedColumn& one : sized_columns) {
    if (one.table == table && one.column == column) return one.size;
  }
  return 0;
}

std::vector<MadeColumn> columns_of(Connection& made, std::string_view table) {
  std::vector<MadeColumn> columns;
  Statement all(made.db, "select name, lower(type), \"notnull\", pk from pragma_table_info(?)");
  all.bind(table);
  while (all.step()) {
    const std::string declared = all.text(1);
    const bool key = all.number(3) != 0;
    columns.push_back({all.text(0), declared == "text" || declared == "blob" ? declared : "integer",
                       key, all.number(2) == 0 && !key, size_of(table, all.text_view(0))});
  }
  return columns;
}

std::string_view in_words(std::string_view type) {
  if (type == "integer") return "a whole number";
  if (type == "real") return "a fraction";
  if (type == "blob") return "bytes";
  if (type == "null") return "nothing";
  return "text";
}

// True of a cell that is not as its column wants it.
std::string is_wrong(const MadeColumn& column) {
  std::string type =
      column.may_be_empty
          ? fmt::format("typeof(\"{}\") not in ('{}', 'null')", column.name, column.type)
          : fmt::format("typeof(\"{}\") <> '{}'", column.name, column.type);
  if (column.size == 0) return type;
  return fmt::format("({} or length(\"{}\") <> {})", type, column.name, column.size);
}

// "totals contest 0 slot 1 unit 3 method 0, value: bytes where a whole number belongs"
void check_cells(Connection& store, const std::string& table,
                 const std::vector<MadeColumn>& columns, const MadeFound& found) {
  std::vector<std::string> selected, wrong;
  for (const MadeColumn& column : columns) {
    wrong.push_back(is_wrong(column));
    selected.push_back(fmt::format("coalesce({}, 0)", wrong.back()));
    selected.push_back(fmt::format("typeof(\"{0}\"), coalesce(length(\"{0}\"), 0)", column.name));
  }
  std::vector<std::string_view> keys;
  for (const MadeColumn& column : columns) {
    if (!column.key) continue;
    keys.push_back(column.name);
    selected.push_back(fmt::format("quote(\"{}\")", column.name));
  }
  Statement rows(store.db, fmt::format("select {} from \"{}\" where {} limit 100",
                                       fmt::join(selected, ", "), table, fmt::join(wrong, " or ")));
  while (rows.step()) {
    std::string row = table;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      row +=
          fmt::format(" {} {}", keys[i], rows.text_view(static_cast<int>(3 * columns.size() + i)));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const MadeColumn& column = columns[i];
      const int at = static_cast<int>(3 * i);
      if (rows.number(at) == 0) continue;
      const std::string_view type = rows.text_view(at + 1);
      found(type == column.type ? fmt::format("{}, {}: {} bytes where {} belong", row, column.name,
                                              rows.number(at + 2), column.size)
                                : fmt::format("{}, {}: {} where {} belongs", row, column.name,
                                              in_words(type), in_words(column.type)));
    }
  }
}

}  // namespace

std::uint64_t check_made(Connection& store, const MadeFound& found) {
  const std::size_t version = store.schema_version();
  Connection& made = as_made(store, version);
  const bool with_views = version != version_of_other_views;
  const auto ours = objects_of(made, with_views);
  const auto there = objects_of(store, with_views);
  for (const auto& [name, text] : there) {
    if (!ours.contains(name)) {
      found(fmt::format("{} {}: this program makes none of that name", name.first, name.second));
    }
  }
  std::uint64_t looked = there.size();
  for (const auto& [name, text] : ours) {
    const auto at = there.find(name);
    if (at == there.end() || at->second != text) {
      found(fmt::format("{} {}: it is {}", name.first, name.second,
                        at == there.end() ? "not there" : "not as this program makes it"));
    } else if (name.first == "table") {
      const auto columns = columns_of(made, name.second);
      check_cells(store, name.second, columns, found);
      looked += columns.size();
    }
  }
  return looked;
}

// What is not as it is made, of what is looked at first; nothing, where all is, or where that cannot be read either.
static std::string first_not_made(Connection& store) {
  std::string first;
  const MadeFound take = [&](std::string found) {
    if (first.empty()) first = std::move(found);
  };
  try {
    const std::uint64_t looked = store.has_count() ? check_made(store, take) : 0;
    return looked > 0 ? first : std::string();
  } catch (const SqlFault&) {
    return {};
  } catch (const CellFault&) {
    return {};
  }
}

Error Connection::error_of_cell(const CellFault& fault) {
  std::string what = first_not_made(*this);
  if (what.empty()) what = fault.what;  // Then it is said where it was met.
  const char* file = sqlite3_db_filename(db, "main");
  return {Remedy::stop, "store.definition",
          file == nullptr ? what : fmt::format("{}: {}", file, what)};
}

}  // namespace teller::sqlite
