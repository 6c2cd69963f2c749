// Groups of columns that come again and again in a table, one for each option: panel, name, party, votes, and
// again. A header names all of them, numbers them, or names the first group alone.
//
// Pure. Called by table_front.cc and guess_columns.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "setup/table_front.h"

namespace teller {

// The groups that end with the last column and whose names repeat: the same, or with the next number at their end
// ("Votes 1", "Votes 2"). Without width: there are none.
[[nodiscard]] ColumnGroups find_named_groups(const std::vector<ColumnFacts>& columns);

// Where the header names the first `named` columns and not those behind them: groups by what stands in them, of
// which the first one ends with the last column that has a name.
[[nodiscard]] ColumnGroups find_unnamed_groups(const std::vector<ColumnFacts>& columns,
                                               std::size_t named);

// What the columns of the first group mean.
struct GroupColumns {
  std::size_t votes = 0;
  std::vector<std::size_t> names;  // Of the option: the family name before the first one.
  std::optional<std::size_t> party;
  bool are_numbered = false;  // "Votes 1".
};
// Nothing where no column of them is called votes, or none a name.
[[nodiscard]] std::optional<GroupColumns> meaning_of_group(const std::vector<ColumnFacts>& columns,
                                                           const ColumnGroups& groups);

// The columns in which the parts of people's names stand, as one says them: first name, what is between, last name, what
// follows ("Jr."). Empty: there are not both. `whole`: the column that names options, if one does; one that is called
// "Name" may be the last name.
[[nodiscard]] std::vector<std::size_t> find_name_columns(const std::vector<ColumnFacts>& columns,
                                                         std::optional<std::size_t> whole);

}  // namespace teller
