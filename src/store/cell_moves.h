// What the changes of a commit do to the table `cells` (schema/sql, 004_figures): by reporting unit,
// contest and voting method, how many figures are known or withheld. The same for every adapter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "count/step.h"

namespace teller {

// Differences, as in Total.
struct CellMove {
  ContestId contest{};
  UnitId unit{};
  MethodId method{};
  std::int64_t figures = 0;  // Known and withheld ones.
  std::int64_t cards = 0;    // Of the column cards.
  std::int64_t options_known = 0, options_withheld = 0;
  std::int64_t write_ins_known = 0, write_ins_withheld = 0;
};

// Each cell once, ascending, and only those that move. Of the unit itself (whole_unit) nothing.
[[nodiscard]] std::vector<CellMove> cell_moves(std::span<const TotalChange> totals);

}  // namespace teller
