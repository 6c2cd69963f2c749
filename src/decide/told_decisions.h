// What officers of a count decided, for people: `teller decide list` and GET /v1/officer/decisions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "store/count_store.h"

namespace teller {

struct ToldDecision {
  std::uint64_t commit = 0;
  std::string action;
  std::string about;  // "partition 3", "ballot 6a1f0e2b-…"
  std::string officers, reason;
};

// Of the commits after `after_commit`, oldest first; some 10,000 or less, and none when there are no
// more. Errors: those of CountReader::decisions().
[[nodiscard]] Result<std::vector<ToldDecision>> told_decisions(const CountFile& count,
                                                               CountReader& store,
                                                               std::uint64_t after_commit);

}  // namespace teller
