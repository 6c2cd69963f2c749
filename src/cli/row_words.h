// What became of the rows of a file, in words and as JSON: what the imports share.
#pragma once

#include <cstdio>

#include <nlohmann/json.hpp>

#include "results/import.h"

namespace teller::cli {

// The faults, each kind once with its first rows.
void say_faults(const RowFaults& table, std::FILE* to);

// {"rows": …, "notes": …, "faults": …}
[[nodiscard]] nlohmann::ordered_json rows_json(const RowFaults& table);

}  // namespace teller::cli
