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

// A sheet without a figure of an option that more than half of the sheets of its contest and method have. A delivery
// holds it where nothing stands of it (deliver/plan.h); a file alone cannot tell that.
struct LackingSheet {
  std::uint32_t unit = 0;
  std::uint16_t contest = 0, method = 0, option = 0;  // The first such option.
  std::uint64_t have = 0, of = 0;
  std::uint64_t line = 0;  // Of its first row.
};

// In the order of the cells; none of a sheet that is held, nor where rows that are missing mean 0.
[[nodiscard]] std::vector<LackingSheet> lacking_sheets(const ResultsTable& table);

}  // namespace teller
