// Votes of an earlier election, which checks hold these against.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "election/rules.h"

namespace teller::cli {

// A table with the columns unit, contest, option and votes, in any order and with others beside them; ids are those of
// `rules`. Empty: there is none.
// Errors: reject checks.invalid (a column is missing, or a line names what is not there); those of CsvReader and of
// the file.
[[nodiscard]] Result<std::vector<EarlierVotes>> read_earlier_votes(const std::string& file,
                                                                   const Rules& rules);

}  // namespace teller::cli
