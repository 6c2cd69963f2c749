// Which sheets wait because a row of theirs was refused: half a sheet, counted, is a wrong result.
//
// A row whose unit, contest and method are known holds that one sheet. Of a row that is less well
// known (its unit is empty, or the line cannot be read) every sheet may be the owner that fits what
// is known and lacks a figure; a sheet that has all its figures is whole whatever else was refused.
//
// Pure. Called by bind_results.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "results/import.h"

namespace teller {

// The cells of one sheet: table.cells[begin, end).
struct TableSheet {
  std::size_t begin = 0, end = 0;
  bool held = false;
  std::uint64_t line = 0;  // Of the first refused row that holds it; 0: not known.
};

// All sheets of `table`, in order. `options_missing`: by contest, whether it has options (those of the
// rules) that no row of the table is about.
[[nodiscard]] std::vector<TableSheet> sheets_of(const ResultsTable& table,
                                                const std::vector<bool>& options_missing);

}  // namespace teller
