// The columns of a file that hold numbers and that its mapping does not name: a column of votes that is new would else be
// missed by everybody.
//
// A column holds numbers when one of its cells does, whatever mark stands beside it or in the other cells, unless it is
// text throughout: names, ids with letters in them, dates, shares, differences.
//
// Memory grows with the columns. No errors. Called by read_results.cc.
#pragma once

#include <cstddef>
#include <cstdint>
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
  // The names of those that hold numbers.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Column {
    std::size_t at = 0;
    std::string name;
    std::uint64_t numbers = 0, codes = 0;
    std::set<std::string> words = {};  // At most a few; no figures, nor masks of them.
    bool is_text = false;
  };
  const Mapping& mapping_;
  std::vector<Column> columns_;
};

}  // namespace teller
