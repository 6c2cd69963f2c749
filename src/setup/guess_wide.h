// The part of a mapping that says where votes stand, where no column names options: options beside each other, contests
// or methods in the names of columns, the election before beside this one.
//
// Called by guess_columns.cc.
#pragma once

#include "base/error.h"
#include "setup/draft_columns.h"
#include "setup/wide_columns.h"

namespace teller {

// What was found of the columns; the draft has it.
// Errors: reject mapping.invalid (no columns could be options).
[[nodiscard]] Result<WideColumns> draft_wide_votes(DraftColumns& all);

}  // namespace teller
