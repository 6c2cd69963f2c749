#include "store/cell_moves.h"

#include <map>
#include <tuple>
#include <variant>

#include <fmt/format.h>

namespace teller {
namespace {

void move_heard(char sign, std::vector<std::string>& statements) {
  statements.insert(
      statements.end(),
      {fmt::format(
           "update contest_heard set reports = contest_heard.reports {0} m.reports,"
           " sheets = contest_heard.sheets {0} m.sheets, ballots = contest_heard.ballots {0}"
           " m.ballots, votes_numbers = contest_heard.votes_numbers {0} m.numbers,"
           " votes_withheld = contest_heard.votes_withheld {0} m.withheld,"
           " votes_unknown = contest_heard.votes_unknown {0} m.unknown from (select h.contest,"
           " count(*) as reports, count(case when h.from_sheets then 1 end) as sheets,"
           " count(case when not h.from_sheets then 1 end) as ballots,"
           " sum(h.votes_number) as numbers, sum(h.votes_withheld) as withheld,"
           " sum(h.votes_unknown) as unknown from stage_cells s join heard h"
           " on h.contest = s.contest and h.unit = s.unit and h.method = s.method"
           " group by h.contest) m where contest_heard.contest = m.contest",
           sign),
       fmt::format(
           "update contest_heard set units = contest_heard.units {0} m.units,"
           " units_above = contest_heard.units_above {0} m.units_above from (select u.contest,"
           " count(*) as units, count(case when u.unit in (select parent from units"
           " where parent is not null) then 1 end) as units_above"
           " from (select distinct contest, unit from stage_cells) u where exists (select 1"
           " from heard h where h.contest = u.contest and h.unit = u.unit) group by u.contest) m"
           " where contest_heard.contest = m.contest",
           sign)});
}

using CellSums = std::map<std::tuple<ContestId, UnitId, MethodId>, CellMove>;

void add_to_cell(CellSums& cells, const TotalKey& key, const Total& by) {
  if (key.contest == whole_unit) return;
  // Of ballots the votes of an option: six in seven totals of a load, and nothing to a cell.
  if (by.known == 0 && by.withheld == 0 && key.slot != slot::cards) return;
  CellMove& cell = cells[{key.contest, key.unit, key.method}];
  cell.figures += by.known + by.withheld;
  if (key.slot == slot::cards) cell.cards += by.value;
  if (key.slot < slot::first_counter) {
    cell.options_known += by.known;
    cell.options_withheld += by.withheld;
  } else if (key.slot == slot::write_ins) {
    cell.write_ins_known += by.known;
    cell.write_ins_withheld += by.withheld;
  }
}

std::vector<CellMove> cells_in(const CellSums& cells) {
  std::vector<CellMove> moves;
  for (const auto& [at, sums] : cells) {
    if (sums == CellMove{}) continue;
    CellMove& cell = moves.emplace_back(sums);
    std::tie(cell.contest, cell.unit, cell.method) = at;
  }
  return moves;
}

}  // namespace

std::vector<std::string> cells_sql::move() {
  std::vector<std::string> statements;
  move_heard('-', statements);
  statements.emplace_back(
      "update cells set figures = cells.figures + s.figures, cards = cells.cards + s.cards,"
      " options_known = cells.options_known + s.options_known,"
      " options_withheld = cells.options_withheld + s.options_withheld,"
      " write_ins_known = cells.write_ins_known + s.write_ins_known,"
      " write_ins_withheld = cells.write_ins_withheld + s.write_ins_withheld from stage_cells s"
      " where cells.contest = s.contest and cells.unit = s.unit and cells.method = s.method");
  statements.emplace_back(
      "insert into cells select * from stage_cells s where not exists (select 1 from cells c"
      " where c.contest = s.contest and c.unit = s.unit and c.method = s.method)");
  move_heard('+', statements);
  return statements;
}

std::vector<CellMove> cell_moves(std::span<const TotalChange> totals) {
  CellSums cells;
  for (const auto& [key, by] : totals) add_to_cell(cells, key, by);
  return cells_in(cells);
}

std::vector<CellMove> cells_of(std::span<const TotalRow> totals) {
  CellSums cells;
  for (const TotalRow& row : totals) add_to_cell(cells, row.key, row.total);
  return cells_in(cells);
}

const DefinitionTable& cells_table() {
  static const DefinitionTable table = [] {
    DefinitionTable cells{.name = "cells", .keys = 3, .columns = {}, .only_read = true};
    for (const char* name : {"contest", "unit", "method", "figures", "cards", "options_known",
                             "options_withheld", "write_ins_known", "write_ins_withheld"}) {
      cells.columns.push_back({.name = name, .type = DefinitionColumn::Type::bigint, .since = 4});
    }
    return cells;
  }();
  return table;
}

CellMove cell_of_row(std::span<const DefinitionValue> row) {
  const auto at = [&](std::size_t column) {
    const auto* number = std::get_if<std::int64_t>(&row[column]);
    return number == nullptr ? std::int64_t{-1} : *number;
  };
  return {.contest = {static_cast<std::uint32_t>(at(0))},
          .unit = {static_cast<std::uint32_t>(at(1))},
          .method = {static_cast<decltype(MethodId::value)>(at(2))},
          .figures = at(3),
          .cards = at(4),
          .options_known = at(5),
          .options_withheld = at(6),
          .write_ins_known = at(7),
          .write_ins_withheld = at(8)};
}

std::vector<DefinitionValue> row_of_cell(const CellMove& cell) {
  return {std::int64_t{cell.contest.value},
          std::int64_t{cell.unit.value},
          std::int64_t{cell.method.value},
          cell.figures,
          cell.cards,
          cell.options_known,
          cell.options_withheld,
          cell.write_ins_known,
          cell.write_ins_withheld};
}

}  // namespace teller
