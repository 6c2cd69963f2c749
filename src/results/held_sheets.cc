#include "results/held_sheets.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "count/step.h"

namespace teller {
namespace {

using Cell = ResultsTable::Cell;

// More kinds of refused rows than this hold whatever is not whole, and nobody looks closer.
constexpr std::size_t kinds_looked_at = 5'000;

bool lies_in(const ResultsTable& table, std::int64_t unit, std::int64_t whole) {
  while (unit >= 0 && unit != whole) unit = table.units[static_cast<std::size_t>(unit)].parent;
  return unit >= 0;
}

// Whether the refused row may be of the sheet that `cells` make.
bool may_be_of(const ResultsTable& table, const ResultsTable::Refused& row,
               std::span<const Cell> cells, bool is_whole) {
  const Cell& any = cells.front();
  if (row.contest >= 0 && row.contest != any.contest) return false;
  if (row.method >= 0 && row.method != any.method) return false;
  if (row.unit >= 0 && !lies_in(table, any.unit, row.unit)) return false;
  if (table.repeated_rows_add) return true;
  if (row.column < 0 || row.contest < 0) return !is_whole;
  return std::none_of(cells.begin(), cells.end(),
                      [&](const Cell& cell) { return cell.column == row.column; });
}

}  // namespace

std::vector<TableSheet> sheets_of(const ResultsTable& table,
                                  const std::vector<bool>& options_missing) {
  const std::span<const Cell> cells = table.cells;
  std::vector<std::set<std::uint16_t>> columns(table.contests.size());
  if (!table.refused.empty()) {
    for (const Cell& cell : cells) columns[cell.contest].insert(cell.column);
  }
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::uint64_t> certain;
  std::vector<ResultsTable::Refused> others;
  for (const auto& row : table.refused) {
    if (row.certain) {
      const auto [known, is_new] =
          certain.try_emplace(std::tuple(row.unit, row.method, row.contest), row.line);
      if (!is_new && row.line > 0) known->second = std::min(known->second, row.line);
    } else {
      others.push_back(row);
    }
  }
  std::vector<TableSheet> sheets;
  for (std::size_t begin = 0, end = 0; begin < cells.size(); begin = end) {
    const auto key = [&](std::size_t at) {
      return std::tuple(cells[at].unit, cells[at].method, cells[at].contest);
    };
    for (end = begin; end < cells.size() && key(end) == key(begin);) ++end;
    const auto mine = cells.subspan(begin, end - begin);
    const std::uint16_t contest = mine.front().contest;
    const bool is_whole = !options_missing[contest] && mine.size() == columns[contest].size();
    TableSheet sheet{.begin = begin, .end = end};
    const auto known = certain.find(key(begin));
    if (known != certain.end()) {
      sheet.held = true;
      sheet.line = known->second;
    } else if (others.size() > kinds_looked_at) {
      sheet.held = !is_whole || table.repeated_rows_add;
    } else {
      const auto row = std::ranges::find_if(
          others, [&](const auto& one) { return may_be_of(table, one, mine, is_whole); });
      sheet.held = row != others.end();
      if (sheet.held) sheet.line = row->line;
    }
    sheets.push_back(sheet);
  }
  return sheets;
}

std::vector<LackingSheet> lacking_sheets(const ResultsTable& table) {
  std::vector<LackingSheet> found;
  if (table.missing_rows_zero) return found;
  using Place = std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>;
  std::map<Place, std::set<std::uint16_t>> unknown;
  for (const Cell& cell : table.unknown) {
    if (cell.column < slot::first_counter)
      unknown[{cell.unit, cell.method, cell.contest}].insert(cell.column);
  }
  struct Counted {
    std::uint64_t all = 0;
    std::map<std::uint16_t, std::uint64_t> by_option;
  };
  std::map<std::pair<std::uint16_t, std::uint16_t>, Counted> counted;
  struct Seen {
    Place place;
    std::set<std::uint16_t> options;
    std::uint64_t line = 0;
    bool held = false;
  };
  std::vector<Seen> sheets;
  for (const TableSheet& sheet : sheets_of(table, std::vector<bool>(table.contests.size()))) {
    const Cell& any = table.cells[sheet.begin];
    Seen seen{.place = {any.unit, any.method, any.contest},
              .options = {},
              .line = any.line,
              .held = sheet.held};
    for (std::size_t at = sheet.begin; at < sheet.end; ++at) {
      const Cell& cell = table.cells[at];
      if (cell.column < slot::first_counter) seen.options.insert(cell.column);
      seen.line = std::min(seen.line, cell.line);
    }
    if (seen.options.empty()) continue;
    if (const auto more = unknown.find(seen.place); more != unknown.end())
      seen.options.insert(more->second.begin(), more->second.end());
    Counted& of = counted[{any.contest, any.method}];
    ++of.all;
    for (const std::uint16_t option : seen.options) ++of.by_option[option];
    sheets.push_back(std::move(seen));
  }
  for (const Seen& seen : sheets) {
    const auto& [unit, method, contest] = seen.place;
    const Counted& of = counted[{contest, method}];
    const auto lack = std::ranges::find_if(of.by_option, [&](const auto& option) {
      return 2 * option.second > of.all && !seen.options.contains(option.first);
    });
    if (seen.held || lack == of.by_option.end()) continue;
    found.push_back({unit, contest, method, lack->first, lack->second, of.all, seen.line});
  }
  return found;
}

}  // namespace teller
