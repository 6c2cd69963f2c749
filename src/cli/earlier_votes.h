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
// Errors: reject checks.invalid (there is no header or a column of it is missing, a line names what is not there, or
// the votes of an option in a unit stand twice); those of CsvReader and of the file.
[[nodiscard]] Result<std::vector<EarlierVotes>> read_earlier_votes(const std::string& file,
                                                                   const Rules& rules);

}  // namespace teller::cli
