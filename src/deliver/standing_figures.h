// The figures that stand, out of the history of sheets as DeliveryHistory::sheets() tells it, here or
// over HTTP: for whoever withdraws them without having the file that brought them.
//
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

struct StandingFigures {
  std::vector<Sheet> sheets;  // Those that have figures.
  std::string source;         // Whose they are, where all are of one; else empty.
};

// Errors: reject http.answer_invalid (it is no such history, or of other rules).
[[nodiscard]] Result<StandingFigures> standing_figures(std::string_view history_json,
                                                       const Rules& rules);

}  // namespace teller
