#include "cli/person.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace teller::cli {

std::string login_name() {
  const passwd* login = ::getpwuid(::getuid());
  return login != nullptr ? login->pw_name : fmt::format("uid {}", ::getuid());
}

void add_person(CLI::App* command, Person& person, const std::string& usual_reason) {
  auto* reason = command->add_option("--reason", person.reason,
                                     "Why, for the audit log; no voter and no choice in it");
  if (usual_reason.empty()) {
    reason->required();
  } else {
    person.reason = usual_reason;
    reason->capture_default_str();
  }
  person.actor = login_name();
  command->add_option("--actor", person.actor, "Who does it, for the audit log")
      ->capture_default_str();
  command->add_option("--approver", person.approver, "A second person who agrees");
}

}  // namespace teller::cli
