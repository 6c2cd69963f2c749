// Which reporting unit a person means: by its id, its name, or the last part of its id.
//
// Pure. Called by delivery_history.cc.
#pragma once

#include <string_view>

#include "base/error.h"
#include "election/rules.h"

namespace teller {

// Letters are compared as they are first, and then without case and accents. An id comes before names.
// Errors: reject delivery.none: several units are called so, and the detail lists their ids, or none
// is, and it says which are called nearly so.
[[nodiscard]] Result<UnitId> unit_meant(const Rules& rules, std::string_view text);

}  // namespace teller
