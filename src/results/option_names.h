// Whether options are called like what publishers list among them and what is none: "Blank votes", "TOTAL".
//
// Pure. Called by check_results.cc, before rules are made, and by teller import --check.
#pragma once

#include "base/error.h"
#include "results/import.h"

namespace teller {

// Checks that no option of `table` is called like a figure of the unit or like a sum; what the mapping names is what
// it says. Errors: reject mapping.invalid.
[[nodiscard]] Result<void> check_option_names(const ResultsTable& table, const Mapping& mapping);

}  // namespace teller
