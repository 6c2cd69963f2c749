// Whether a table holds a ballot in each row, as people type them or a scanner exports them, and no results.
//
// Pure. Called by guess_mapping.cc and first_look.cc.
#pragma once

#include <string>

#include "setup/table_front.h"

namespace teller {

// What says so, in words; empty: nothing does.
[[nodiscard]] std::string signs_of_ballots(const TableFront& front);

// What to do with such a table.
[[nodiscard]] std::string advice_on_ballots();

}  // namespace teller
