// teller officer: makes an officer's key, and says what a person with a token may do.
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/officer_requests.h"
#include "cli/terminal_text.h"
#include "decide/officer_key.h"
#include "decide/officers_file.h"
#include "election/decisions.h"

namespace teller::cli {
namespace {

struct OfficerOptions {
  std::string name, role = "tabulation", out;
  HttpClientOptions to;
  bool json = false;
};

int new_officer(const OfficerOptions& options) {
  const auto role = role_named(options.role);
  if (!role) {
    return report({Remedy::reject, "officer.invalid", "\"" + options.role + "\" is no role"});
  }
  const auto key = OfficerKey::make(options.name, *role);
  if (!key) return report(key.error());
  if (auto written = key->write(options.out); !written) return report(written.error());
  std::fputs(printable(to_toml(key->officer())).c_str(), stdout);
  say(
      fmt::format("teller: the key of {} is in {}: it stays with its officer, and nobody else may "
                  "read it.\nteller: the lines above go into the file for `teller init --officers`",
                  options.name, options.out));
  return done;
}

}  // namespace

void add_officer(CLI::App& app) {
  CLI::App* command =
      add_command(app, "officer", "Make the key with which an officer signs; ask what you may do",
                  "Examples:\n"
                  "  teller officer new a.huber --role tabulation --out a.key >> officers.toml\n"
                  "  teller init --home count --rules rules.json --officers officers.toml\n"
                  "  teller officer me --to http://127.0.0.1:18400 --token-file huber.token");
  command->require_subcommand(1);
  const auto options = std::make_shared<OfficerOptions>();
  CLI::App* made = command->add_subcommand("new", "A new officer's key; prints the public half");
  made->add_option("NAME", options->name, "What the officer is called, in public")->required();
  made->add_option("--role", options->role,
                   "registrar, clerk, operator, tabulation, auditor, publisher or observer")
      ->capture_default_str();
  made->add_option("--out", options->out, "Where the key goes; a file of its own, 0600")
      ->type_name("FILE")
      ->required();
  on_run(made, [options] { return new_officer(*options); });

  CLI::App* me =
      command->add_subcommand("me", "As whom a server knows you, and what you may do now");
  add_door(me, options->to);
  me->add_flag("--json", options->json, "For a program to read");
  on_run(me, [options] { return show_me(options->to, options->json); });
}

}  // namespace teller::cli
