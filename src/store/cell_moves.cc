#include "store/cell_moves.h"

#include <map>
#include <tuple>

namespace teller {

std::vector<CellMove> cell_moves(std::span<const TotalChange> totals) {
  std::map<std::tuple<ContestId, UnitId, MethodId>, CellMove> cells;
  for (const auto& [key, by] : totals) {
    if (key.contest == whole_unit) continue;
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
  std::vector<CellMove> moves;
  for (auto& [at, cell] : cells) {
    if (cell.figures == 0 && cell.cards == 0 && cell.options_known == 0 &&
        cell.options_withheld == 0 && cell.write_ins_known == 0 && cell.write_ins_withheld == 0) {
      continue;
    }
    std::tie(cell.contest, cell.unit, cell.method) = at;
    moves.push_back(cell);
  }
  return moves;
}

}  // namespace teller
