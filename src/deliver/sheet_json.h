// Result sheets as JSON, as answers of deliveries have them (schema/http.yaml): where a sheet belongs,
// its figures, and what changed from one version to the next.
//
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "election/entry.h"
#include "election/rules.h"

namespace teller {

// {"unit": …, "unit_name": …, "method": …, "contest": …, "contest_name": …}
[[nodiscard]] nlohmann::ordered_json place_json(UnitId unit, MethodId method, ContestId contest,
                                                const Rules& rules);
// Each known figure: [{"option": …, "name": …, "value": 120}, {"figure": "cards", "value": 300}]
[[nodiscard]] nlohmann::ordered_json figures_json(const Sheet& sheet, const Contest& contest);
[[nodiscard]] nlohmann::ordered_json figures_json(
    const std::vector<std::pair<std::uint16_t, Figure>>& figures, const Contest& contest);
// Each figure that is not what it was: the same with "before" and "after". `before` may be null.
[[nodiscard]] nlohmann::ordered_json changes_json(const Sheet* before, const Sheet& after,
                                                  const Contest& contest);

}  // namespace teller
