// Two files of one delivery that are made differently (write-ins in a file of their own, say), each read
// through its own mapping, as one table.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "count/step.h"
#include "results/import.h"
#include "results/row_faults.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Table = ResultsTable;

// The place in `into` of each of `rows`, which are the same when their ids are.
template <typename WithId, typename Make>
std::vector<std::uint32_t> places_of(std::vector<WithId>& into, const std::vector<WithId>& rows,
                                     const Make& make) {
  std::unordered_map<std::string, std::uint32_t> index;
  for (std::uint32_t i = 0; i < into.size(); ++i) index.emplace(into[i].id, i);
  std::vector<std::uint32_t> places;
  for (const WithId& row : rows) {
    const auto [found, is_new] = index.try_emplace(row.id, static_cast<std::uint32_t>(into.size()));
    if (is_new) into.push_back(make(row, places));
    places.push_back(found->second);
  }
  return places;
}

// Where the rows of the second table stand in the first.
class TableJoiner {
 public:
  TableJoiner(Table& table, const Table& more) : table_(table), file_(table.files.size()) {
    const auto itself = [](const auto& row, const auto&) { return row; };
    units_ = places_of(table.units, more.units, [](const Table::Unit& unit, const auto& before) {
      Table::Unit made = unit;
      if (unit.parent >= 0)
        made.parent = static_cast<std::int32_t>(before[static_cast<std::size_t>(unit.parent)]);
      return made;
    });
    methods_ = places_of(table.methods, more.methods, itself);
    parties_ = places_of(table.parties, more.parties, itself);
    contests_ = places_of(table.contests, more.contests, [](const auto& contest, const auto&) {
      return Table::Contest{
          .id = contest.id, .name = contest.name, .options = {}, .option_index = {}};
    });
    for (std::size_t i = 0; i < more.contests.size(); ++i) join_contest(more.contests[i], i);
  }

  [[nodiscard]] Table::Cell cell(Table::Cell cell) const {
    if (cell.column < slot::first_counter)
      cell.column = static_cast<std::uint16_t>(options_[cell.contest][cell.column]);
    cell.unit = units_[cell.unit];
    cell.method = static_cast<std::uint16_t>(methods_[cell.method]);
    cell.contest = static_cast<std::uint16_t>(contests_[cell.contest]);
    cell.line = line(cell.line);
    return cell;
  }
  [[nodiscard]] std::uint64_t line(std::uint64_t line) const {
    return line + Table::line_of(file_, 0);
  }
  [[nodiscard]] std::size_t file(std::size_t file) const { return file + file_; }

  [[nodiscard]] Table::Refused refused(Table::Refused row) const {
    const auto at = [](const std::vector<std::uint32_t>& places, std::int64_t place) {
      return place < 0 ? place : std::int64_t{places[static_cast<std::size_t>(place)]};
    };
    if (row.contest >= 0 && row.column >= 0 && row.column < slot::first_counter)
      row.column = at(options_[static_cast<std::size_t>(row.contest)], row.column);
    row.unit = at(units_, row.unit);
    row.contest = at(contests_, row.contest);
    row.method = at(methods_, row.method);
    return row;
  }

 private:
  void join_contest(const Table::Contest& contest, std::size_t number) {
    Table::Contest& mine = table_.contests[contests_[number]];
    options_.push_back(
        places_of(mine.options, contest.options, [&](const Table::Option& option, const auto&) {
          Table::Option made = option;
          for (std::uint32_t& party : made.parties) party = parties_[party];
          return made;
        }));
    for (std::uint32_t i = 0; i < mine.options.size(); ++i)
      mine.option_index.emplace(mine.options[i].id, i);
    mine.seats = std::max(mine.seats, contest.seats);
    mine.votes_allowed = std::max(mine.votes_allowed, contest.votes_allowed);
  }

  Table& table_;
  const std::size_t file_;
  std::vector<std::uint32_t> units_, methods_, parties_, contests_;
  std::vector<std::vector<std::uint32_t>> options_;  // By contest of the second table.
};

auto figure_key(const Table::Cell& cell) {
  return std::tuple(cell.unit, cell.method, cell.contest, cell.column);
}

// Each figure is in one of the files: what is in both is refused, unless it is the same figure of a
// whole unit.
void refuse_what_is_in_both(Table& table) {
  auto& cells = table.cells;
  std::sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) {
    return std::pair(figure_key(a), a.line) < std::pair(figure_key(b), b.line);
  });
  std::size_t kept = 0;
  for (const Table::Cell& cell : cells) {
    if (kept == 0 || figure_key(cells[kept - 1]) != figure_key(cell)) {
      cells[kept++] = cell;
      continue;
    }
    const bool is_figure = cell.column >= slot::first_counter;
    if (is_figure && cells[kept - 1].value == cell.value &&
        cells[kept - 1].withheld == cell.withheld)
      continue;
    cells[kept - 1].doubted = true;
    refuse_row(table,
               {.line = cell.line,
                .code = is_figure ? Code("import.figure_differs") : Code("import.row_repeated"),
                .detail = fmt::format("the same figure stands on {}, in another file of this "
                                      "delivery; take one of them away",
                                      table.in_words(cells[kept - 1].line))});
    table.refused.insert({.unit = cell.unit,
                          .contest = cell.contest,
                          .method = cell.method,
                          .column = cell.column,
                          .certain = true});
  }
  cells.resize(kept);
}

// Two mappings that call what is one by its id by two names mean two contests, whose options would be mixed.
Result<void> check_contest_names(const ResultsTable& table, const ResultsTable& more) {
  std::map<std::string_view, const Table::Contest*> by_id;
  for (const Table::Contest& other : more.contests) by_id.emplace(other.id, &other);
  for (const Table::Contest& one : table.contests) {
    const auto found = by_id.find(one.id);
    if (found == by_id.end()) continue;
    const Table::Contest* const other = found->second;
    // "Mayor" and "MAYOR" are one name.
    if (plain_word(cleaned(other->name)) == plain_word(cleaned(one.name)) || one.name == one.id ||
        other->name == other->id)
      continue;
    return fail(Remedy::reject, "mapping.invalid",
                fmt::format("the contest {} is called {} by one mapping and {} by the next: are "
                            "they two? Then give each an id of its own in [contest], or else one "
                            "name",
                            shown(one.id), shown(one.name), shown(other->name)));
  }
  return {};
}

}  // namespace

Result<void> join(ResultsTable& table, const ResultsTable& more) {
  if (auto good = check_contest_names(table, more); !good) return good;
  const TableJoiner joiner(table, more);
  for (const Table::Cell& cell : more.cells) table.cells.push_back(joiner.cell(cell));
  for (const Table::Cell& cell : more.unknown) table.unknown.push_back(joiner.cell(cell));
  for (const Table::Refused& row : more.refused) table.refused.insert(joiner.refused(row));
  for (const std::uint64_t line : more.refused_lines)
    table.refused_lines.push_back(joiner.line(line));
  for (const auto& [kind, group] : more.fault_groups) {
    FaultGroup& mine = table.fault_groups[kind];
    mine.rows += group.rows;
    for (RowFault fault : group.examples) {
      fault.file = joiner.file(fault.file);
      mine.examples.push_back(std::move(fault));
    }
  }
  for (RowFault fault : more.faults) {
    fault.file = joiner.file(fault.file);
    table.faults.push_back(std::move(fault));
  }
  table.files.insert(table.files.end(), more.files.begin(), more.files.end());
  table.notes.insert(table.notes.end(), more.notes.begin(), more.notes.end());
  table.left_out.insert(table.left_out.end(), more.left_out.begin(), more.left_out.end());
  table.idle_keys.insert(table.idle_keys.end(), more.idle_keys.begin(), more.idle_keys.end());
  table.results_left_out = table.results_left_out || more.results_left_out;
  table.rows_read += more.rows_read;
  table.rows_passed_over += more.rows_passed_over;
  table.repeated_rows_add = table.repeated_rows_add || more.repeated_rows_add;
  table.elsewhere_allowed = table.elsewhere_allowed || more.elsewhere_allowed;
  table.unused_allowed = table.unused_allowed || more.unused_allowed;
  table.missing_rows_zero = table.missing_rows_zero || more.missing_rows_zero;
  refuse_what_is_in_both(table);
  settle_faults(table);
  return {};
}

}  // namespace teller
