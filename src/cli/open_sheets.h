// How many result sheets somebody has typed that were not delivered (src/entering): what a certification and the canvass
// report say of them.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "cli/open.h"

namespace teller::cli {

// Of the files in a home, or of the rows of the servers. Errors: those of EnteredSheets::look() and PostgresStore.
[[nodiscard]] Result<std::uint64_t> open_sheets(const Opened& opened);

}  // namespace teller::cli
