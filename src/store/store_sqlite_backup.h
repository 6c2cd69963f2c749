// A copy of a SQLite store at one commit, while somebody commits to it.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace teller {

// Makes `to`, which must not be there: one file, on the disk, with everything that was committed
// when the call began. The writer is not stopped.
// Errors: reject file.missing; retry store.unavailable; stop store.io; retry file.full.
[[nodiscard]] Result<void> back_up_sqlite(const std::filesystem::path& from,
                                          const std::filesystem::path& to);

}  // namespace teller
