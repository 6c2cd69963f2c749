// The faults of a table of results while it is made: each is noted with its line and stops nothing.
//
// Of the faults the first thousand are kept, and three of each kind; the lines of all are. Until settle_faults() both lists
// stand in the order of noting. No errors. Called by read_results.cc and bind_results.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "results/import.h"

namespace teller {

// Notes a fault of the row that begins on `fault.line` (ResultsTable::line_of); the caller leaves the row out, and
// says in table.refused where it belongs.
void refuse_row(RowFaults& table, RowFault fault);

// Puts the faults in the order of their lines, and each refused line once. May be called again
// after more were noted.
void settle_faults(RowFaults& table);

}  // namespace teller
