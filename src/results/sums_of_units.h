// Finds units that are the sum of those beside them. A part of sums.cc, which calls it.
//
// Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "results/sums.h"

namespace teller::sums {

// Adds those that are found, and none in `not_sums` (ids).
void find_units(const ResultsTable& table, const std::set<std::string>& not_sums,
                std::vector<FoundSum>& found);

}  // namespace teller::sums
