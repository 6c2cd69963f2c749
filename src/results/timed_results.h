// A file of results with the time at which its figures were true, as [figures_at] of the mapping says it.
// A file whose rows have several times is a time line: it is as many tables, the oldest first, and each
// of them is a delivery of its own.
//
// Memory grows with the rows of the file. Called by src/cli/import.cc and src/feed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "results/import.h"
#include "results/mapping.h"

namespace teller {

struct TimedResults {
  std::optional<std::int64_t> figures_at_us;  // Empty: the mapping does not say it.
  ResultsTable table;
};

// What a file is called, whatever `path` leads to it.
struct NamedFile {
  std::string path, name;
};

// Several files are one delivery. `trace` as of read_results(). Ascending by time; never empty.
// Errors: as read_results(); reject feed.no_time (a text that is no time, or no time where one is
// needed; names of several times; a time line in several files).
[[nodiscard]] Result<std::vector<TimedResults>> read_timed_results(std::span<const NamedFile> files,
                                                                   const Mapping& mapping,
                                                                   CellTrace* trace = nullptr);

}  // namespace teller
