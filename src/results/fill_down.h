// Cells that say nothing because the cell above them is meant: merged downwards in a spreadsheet, or
// left empty by whoever typed it. Which columns are so is said in [csv] fill_down, never guessed here.
//
// Where a column of a unit says something new, what stood in the columns of the units below it is no
// longer meant: the first precinct of a county is always stated.
//
// Pure; one thread.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "results/mapping.h"

namespace teller {

class FillDown {
 public:
  // Errors: reject import.column_missing.
  [[nodiscard]] static Result<FillDown> open(const Mapping& mapping,
                                             const std::vector<std::string>& header);

  // Puts what is meant into the empty fields of the next row. Valid until the next call.
  void fill(std::vector<std::string_view>& fields);
  // The columns in which a field was filled.
  [[nodiscard]] std::vector<std::string> filled() const;

 private:
  static constexpr std::size_t no_level = std::numeric_limits<std::size_t>::max();
  struct Column {
    std::string name;
    std::size_t at = 0;
    std::size_t level = no_level;  // Of the unit that it names.
    std::string meant = {};
    bool was_filled = false;
  };
  std::vector<Column> columns_;  // By level.
};

}  // namespace teller
