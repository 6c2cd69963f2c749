// A finding as programs read it: `teller check --json`, and the alarms.
//
// Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "checks/check_count.h"

namespace teller {

// check, severity, contest, units, method, what, beside; ids are those of the rules, null where there is none.
[[nodiscard]] nlohmann::ordered_json to_json(const CheckFinding& finding, const Rules& rules);

}  // namespace teller
