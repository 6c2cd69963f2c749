// What the rows of an import add up to, for whoever looks at it before it is counted: the votes of each option and of
// each contest, each a number, a number with parts missing, withheld or unknown. Votes for written-in persons stand
// beside them: they are a figure of a sheet and part of no option.
//
// Pure. Called by src/cli/import.cc and src/setup/guess_mapping.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "count/total_figure.h"
#include "results/import.h"

namespace teller {

struct ResultSums {
  struct Option {
    std::string id, name;
    TotalFigure votes;
  };
  struct Contest {
    std::string id;
    std::vector<Option> options;
    TotalFigure votes;                     // Of all options.
    std::optional<TotalFigure> write_ins;  // Nothing where no row is of any.
  };
  std::vector<Contest> contests;
  TotalFigure votes;           // Of all contests.
  std::string_view cell_word;  // For in_words(): what the figures are added up over.
};

// In the words of the file.
[[nodiscard]] ResultSums result_sums(const ResultsTable& table);
// In those of the rules.
[[nodiscard]] ResultSums result_sums(const BoundResults& bound, const Rules& rules);

}  // namespace teller
