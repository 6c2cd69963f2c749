// Finds which columns of a table are the sum of others beside them, row for row: valid votes of the
// options, ballots of valid and invalid ones. By arithmetic alone, whatever they are called.
//
// A sum is believed when it holds in every row that was kept and there is too much of it for chance.
// Pure. Called by guess_columns.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "setup/table_front.h"
#include "tables/number_format.h"

namespace teller {

// By column: the columns that it is the sum of, ascending; none of them is a sum itself, but where a
// sum and one column more make up another.
using ColumnSums = std::map<std::size_t, std::vector<std::size_t>>;

// Of the columns `among`, ascending.
[[nodiscard]] ColumnSums find_column_sums(const TableFront& front,
                                          const std::vector<std::size_t>& among);

// Rows in which a column is the sum of others, of those in which that can be told.
struct SumOfRows {
  std::size_t agree = 0, differ = 0;
  std::uint64_t first_line = 0, stands = 0, adds_up = 0;  // Of the first that differs.
  // A row in four may be a mistake of who added up, which is to be told and not to be hidden.
  [[nodiscard]] bool is_sum() const { return agree > 1 && differ == 0; }
  [[nodiscard]] bool is_nearly() const { return agree > 1 && differ > 0 && 3 * differ <= agree; }
};
// Of the column `of`, whether it stands among `votes` or not.
[[nodiscard]] SumOfRows sum_of_rows(const TableFront& front, const std::vector<std::size_t>& votes,
                                    std::size_t of);

// A figure of any form that people write, read loosely.
[[nodiscard]] NumberFormat any_number_format();

}  // namespace teller
