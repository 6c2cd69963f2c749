// Rows that are asked for page after page, each from the number behind the last one. A page that holds what was asked for
// before would be read for ever: it is an error, by name.
#pragma once

#include <cstdint>
#include <limits>
#include <ranges>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"

namespace teller {

// From where on to ask after a page of rows from `first` on; `number_of` gives a row's number. Numbers may be left out, and a
// page may hold several rows of one where `several` says so (those of a commit), but none comes twice and none goes back.
// Errors: stop store.definition.
template <typename Rows, typename NumberOf>
[[nodiscard]] Result<std::uint64_t> behind_page(std::string_view table, std::uint64_t first,
                                                const Rows& rows, NumberOf number_of,
                                                bool several = false) {
  std::uint64_t next = first, last = first;
  for (const auto& row : rows) {
    const std::uint64_t number = number_of(row);
    const bool again = several && next > first && number == last;
    if ((number < next && !again) || number == std::numeric_limits<std::uint64_t>::max()) {
      return fail(
          Remedy::stop, "store.definition",
          fmt::format("table {}: number {} is given where {} and those behind it were asked "
                      "for",
                      table, number, next));
    }
    last = number;
    next = number + 1;
  }
  return next;
}

}  // namespace teller
