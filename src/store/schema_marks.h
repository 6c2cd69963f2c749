// What tells that the tables of a schema file are there, whatever schema_files says: a store that is taken for an
// older one shows less of what it holds. The same in both databases.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "base/error.h"

namespace teller {

struct SchemaMark {
  std::size_t file = 0;
  const char* table = "";
  const char* column = "";
};

// Of files that make a table, a view or a column; of the others the next one's tells.
inline constexpr std::array<SchemaMark, 14> schema_marks{{{2, "audit", "number"},
                                                          {3, "reconciliation", "at"},
                                                          {4, "cells", "contest"},
                                                          {5, "timeline", "how"},
                                                          {6, "deliveries", "number"},
                                                          {8, "inbox_refused", "code"},
                                                          {9, "delivery_sheets", "why"},
                                                          {10, "decisions", "action"},
                                                          {11, "pub_presentation", "hash"},
                                                          {12, "pub_commits", "commit_number"},
                                                          {13, "pub_options", "first_preferences"},
                                                          {14, "pub_turnout", "cards_how"},
                                                          {15, "approvals", "version"},
                                                          {17, "entered_sheets", "version"}}};

inline Error behind_its_tables(std::size_t version, const SchemaMark& mark) {
  return {Remedy::reject, "store.older",
          fmt::format("schema_files says that the store's tables are of version {}, but {}.{} of "
                      "version {} is there: its last rows were taken away",
                      version, mark.table, mark.column, mark.file)};
}

}  // namespace teller
