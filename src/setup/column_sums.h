// Finds which columns of a table are the sum of others beside them, row for row: valid votes of the
// options, ballots of valid and invalid ones. By arithmetic alone, whatever they are called.
//
// A sum is believed when it holds in every row that was kept and there is too much of it for chance.
// Pure. Called by guess_columns.cc.
#pragma once

#include <cstddef>
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

// A figure of any form that people write, read loosely.
[[nodiscard]] NumberFormat any_number_format();

}  // namespace teller
