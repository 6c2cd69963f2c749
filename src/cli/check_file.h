// The file of checks that a command is told to use (checks/check_rules.h).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "cli/command.h"
#include "home/home.h"

namespace teller::cli {

// Adds --checks.
void add_checks(CLI::App* command, std::string& file);
// What the voters' roll of the home says of each unit; empty: it has none. Errors: those of VotersFile.
[[nodiscard]] Result<std::vector<UnitVoters>> read_unit_voters(const HomeFolder& home,
                                                               const Rules& rules);
// Empty: the checks that are built in. Errors: those of read_file() and CheckRules::parse().
[[nodiscard]] Result<CheckRules> read_check_rules(const std::string& file);

}  // namespace teller::cli
