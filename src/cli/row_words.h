// What became of the rows of a file, in words and as JSON: what the imports share.
#pragma once

#include <cstdio>

#include <nlohmann/json.hpp>

#include "election/rules.h"
#include "results/import.h"

namespace teller::cli {

// The faults, each kind once with its first rows.
void say_faults(const RowFaults& table, std::FILE* to);

// {"rows": …, "notes": …, "faults": …}
[[nodiscard]] nlohmann::ordered_json rows_json(const RowFaults& table);

// The sheets that wait for a row to be mended, or were taken in part; and each with its unit, contest
// and method, and the row in words.
void say_held(const BoundResults& bound, const Rules& rules, bool partial, std::FILE* to);
[[nodiscard]] nlohmann::ordered_json held_json(const BoundResults& bound, const Rules& rules,
                                               const RowFaults& table);

// Adds a note of what the mapping allows and no row needed.
void note_idle(ResultsTable& table);

// Sheets that a delivery would hold for want of a row, as far as the file alone shows it.
void say_lacking(const ResultsTable& table, std::FILE* to);
[[nodiscard]] nlohmann::ordered_json lacking_json(const ResultsTable& table);

}  // namespace teller::cli
