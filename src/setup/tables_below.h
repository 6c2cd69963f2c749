// Tables that stand below each other in one file, each with a header of its own: a contest and the next one, as a report
// has them. A mapping is of one of them.
//
// Called by first_look.cc.
#pragma once

#include <vector>

#include "base/error.h"
#include "setup/table_front.h"
#include "tables/table_files.h"

namespace teller {

// From the top; where it is one table, or there are several files, it is none or one. A header that comes again, in
// whatever order, with no title above it goes on with its table.
// Errors: those of CsvReader that end a file.
[[nodiscard]] Result<std::vector<TableLines>> find_tables_below(TableFiles& files, char delimiter);

}  // namespace teller
