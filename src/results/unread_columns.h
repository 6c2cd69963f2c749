// The columns of a file that hold numbers and that its mapping does not name: a column of votes that is new would else be
// missed by everybody.
//
// Memory grows with the columns. No errors. Called by read_results.cc.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/mapping.h"

namespace teller {

class UnreadColumns {
 public:
  // `mapping` was bound to `header` and outlives this; `read`: places that are read by another way than by their names.
  UnreadColumns(const std::vector<std::string>& header, const Mapping& mapping,
                const std::set<std::size_t>& read);

  void row(std::span<const std::string_view> fields);
  // The names of those in which nothing but numbers stands, and some do.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Column {
    std::size_t at = 0;
    std::string name;
    bool has_numbers = false, has_others = false;
  };
  const Mapping& mapping_;
  std::vector<Column> columns_;
};

}  // namespace teller
