// What the rows of an import add up to, for whoever looks at it before it is counted: the votes of each option and of
// each contest. Votes for written-in persons stand beside them: they are a figure of a sheet and part of no option.
//
// Pure. Called by src/cli/import.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/import.h"

namespace teller {

struct ResultSums {
  struct Option {
    std::string id, name;
    std::uint64_t votes = 0;
  };
  struct Contest {
    std::string id;
    std::vector<Option> options;
    std::uint64_t votes = 0;                 // Of all options.
    std::optional<std::uint64_t> write_ins;  // Nothing where no row has any that is known.
  };
  std::vector<Contest> contests;
  std::uint64_t votes = 0;  // Of all contests.
};

// In the words of the file.
[[nodiscard]] ResultSums result_sums(const ResultsTable& table);
// In those of the rules.
[[nodiscard]] ResultSums result_sums(const BoundResults& bound, const Rules& rules);

}  // namespace teller
