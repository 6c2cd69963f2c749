// The file of checks that a command is told to use (checks/check_rules.h).
#pragma once

#include <string>

#include "base/error.h"
#include "checks/check_rules.h"
#include "cli/command.h"

namespace teller::cli {

// Adds --checks.
void add_checks(CLI::App* command, std::string& file);
// Empty: the checks that are built in. Errors: those of read_file() and CheckRules::parse().
[[nodiscard]] Result<CheckRules> read_check_rules(const std::string& file);

}  // namespace teller::cli
