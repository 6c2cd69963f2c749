// The result sheets that rows of a file make, as a delivery has them: without versions.
#pragma once

#include <vector>

#include "base/error.h"
#include "election/definition.h"
#include "election/entry.h"
#include "results/import.h"

namespace teller {

// Errors: those of write_sheets().
[[nodiscard]] Result<std::vector<Sheet>> sheets_of(const BoundResults& bound,
                                                   const Definition& definition);

}  // namespace teller
