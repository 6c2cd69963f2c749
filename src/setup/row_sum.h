// Which column is the sum of the votes of its row, and is compared with them.
//
// Called by guess_columns.cc and guess_wide.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "setup/draft_columns.h"
#include "setup/wide_columns.h"

namespace teller {

// The first of `candidates` that is the sum of `votes` in every row that was kept, or in most, or in none and is called
// so: then a person says which is wrong.
void find_row_sum(DraftColumns& all, const WideColumns& wide, const std::vector<std::size_t>& votes,
                  const std::vector<std::size_t>& candidates);

}  // namespace teller
