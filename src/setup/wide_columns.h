// Which columns of a table without a column of options are options beside each other, and which are
// sums or figures of the whole unit: by what they are called, and by arithmetic.
//
// Pure. Called by guess_columns.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/column_words.h"
#include "setup/column_sums.h"
#include "setup/table_front.h"

namespace teller {

struct WideColumns {
  std::vector<std::size_t> options;  // Ascending; empty: there are none.
  // Numbers that nothing is known of and that are not in the sum of the options.
  std::vector<std::size_t> outside;
  std::optional<std::size_t> sum;                         // Of the options.
  std::optional<std::size_t> registered, cards, invalid;  // By arithmetic.
  // Of columns that are no options: a sentence each.
  std::map<std::size_t, std::string> why;
  ColumnSums sums;
};

// `numeric`: the columns of numbers that nothing was made of yet, ascending; `words`: of all columns.
[[nodiscard]] WideColumns find_wide_columns(const TableFront& front,
                                            const std::vector<ColumnWord>& words,
                                            const std::vector<std::size_t>& numeric);

}  // namespace teller
