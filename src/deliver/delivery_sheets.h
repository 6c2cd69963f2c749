// Makes the result sheets of a delivery, which have no versions, out of the rows of a file; and says which of them wait.
#pragma once

#include <vector>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"
#include "election/entry.h"
#include "results/import.h"

namespace teller {

// Errors: those of write_sheets().
[[nodiscard]] Result<std::vector<Sheet>> sheets_of(const BoundResults& bound,
                                                   const Definition& definition);

// Figures of `sheets` of which the file says that they are not known.
[[nodiscard]] std::vector<UnknownFigures> unknown_of(const BoundResults& bound,
                                                     const std::vector<Sheet>& sheets);

// What of the file is in none of the sheets, those that wait among them; mostly empty.
[[nodiscard]] std::string noted_of(const BoundResults& bound, const RowFaults& table);

// The sheets in which the last line of the file has figures.
[[nodiscard]] std::vector<SheetKey> of_last_line(const ResultsTable& table, const Rules& rules);

// The sheets that wait for a row of `table` to be mended, each with the first such row in words. Of sheets that are taken
// in part these are the ones of which nothing is left: they are not among `sheets`.
[[nodiscard]] std::vector<HeldSheet> held_of(const BoundResults& bound, const RowFaults& table,
                                             const std::vector<Sheet>& sheets);

}  // namespace teller
