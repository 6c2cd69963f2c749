// What the changes of a commit do to the table `cells` (schema/sql, 004_figures): by reporting unit,
// contest and voting method, how many figures are known or withheld. The same for every adapter.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "count/step.h"
#include "store/count_store.h"
#include "store/definition_rows.h"

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
  [[nodiscard]] bool operator==(const CellMove&) const = default;
  // A cell that had cards and has cards was heard from before and is now: what is told of it does not
  // move with their number.
  [[nodiscard]] bool is_of_cards_alone() const {
    return *this == CellMove{.contest = contest, .unit = unit, .method = method, .cards = cards};
  }
};

// Each cell once, ascending, and only those that move. Of the unit itself (whole_unit) nothing.
[[nodiscard]] std::vector<CellMove> cell_moves(std::span<const TotalChange> totals);

// What must stand in `cells` beside these rows of `totals`, in the same form; and what does stand
// there, read by DefinitionStore::definition_rows(cells_table(), …).
[[nodiscard]] std::vector<CellMove> cells_of(std::span<const TotalRow> totals);
[[nodiscard]] const DefinitionTable& cells_table();
[[nodiscard]] CellMove cell_of_row(std::span<const DefinitionValue> row);
[[nodiscard]] std::vector<DefinitionValue> row_of_cell(const CellMove& cell);

// SQL that both databases speak, in the order in which it is run. The moves stand in a temporary
// table stage_cells with these columns; `cells` follows them, and `contest_heard` loses what the
// cells were and gains what they are.
namespace cells_sql {
inline constexpr const char* columns =
    "(contest integer not null, unit integer not null, method integer not null, figures bigint not "
    "null, cards bigint not null, options_known bigint not null, options_withheld bigint not null, "
    "write_ins_known bigint not null, write_ins_withheld bigint not null)";
[[nodiscard]] std::vector<std::string> move();
}  // namespace cells_sql

}  // namespace teller
