// Which columns of a file say where a row was counted: the levels of places, from the whole to the polling
// station, and what it means that one of them is empty.
//
// Called by guess_columns.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "setup/draft_columns.h"
#include "setup/wide_columns.h"

namespace teller {

// By their names, from the whole to the polling station.
[[nodiscard]] std::vector<std::size_t> named_levels(const DraftColumns& all);

// Adds the levels to the draft. `wide`: what was made of the columns of a table without a column of
// options; `contest_at`: the column that names contests.
void draft_places(DraftColumns& all, const WideColumns& wide,
                  std::optional<std::size_t> contest_at);

}  // namespace teller
