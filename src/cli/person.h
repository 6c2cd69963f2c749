// Who changes something, and why: what a command that changes a count asks for the audit log.
#pragma once

#include <string>

#include "cli/command.h"

namespace teller::cli {

// The actor is the login name unless told.
struct Person {
  std::string actor, reason, approver;
};
[[nodiscard]] std::string login_name();
// Adds --reason (required when there is no `usual_reason`), --actor and --approver.
void add_person(CLI::App* command, Person& person, const std::string& usual_reason = {});

}  // namespace teller::cli
