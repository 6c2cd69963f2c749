// Holds one result sheet by itself against the rules of the checks, before it is counted: those rules that need no
// other sheet. What the whole count says of it afterwards is check_count.h's.
//
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

// Whether a check can be made of one sheet alone. A share of blank or invalid cards is then held
// against its threshold, and against no other report.
[[nodiscard]] bool is_of_one_sheet(CheckKind kind);

// Errors first. `registered`: by unit id (Presentation), where the sheet says nothing.
[[nodiscard]] std::vector<CheckFinding> check_sheet(
    const Rules& rules, const std::map<std::string, std::uint64_t>& registered, const Sheet& sheet,
    const CheckRules& check_rules);

}  // namespace teller
