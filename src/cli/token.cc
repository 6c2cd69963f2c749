// teller token: makes, lists and revokes the tokens by which persons are known to `teller serve` and
// `teller api`.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "decide/person_tokens.h"
#include "election/decisions.h"
#include "home/home_store.h"
#include "operate/audit.h"
#include "settings/config.h"

namespace teller::cli {
namespace {

struct TokenOptions {
  Where where;
  Person person;
  std::string name, role, which;
  unsigned days = 30;
  bool json = false;
};

Result<void> note_token(const TokenOptions& options, const Opened& opened, const char* action,
                        const PersonToken& token) {
  const SystemClock clock;
  const auto line = write_audit(opened.home->count, *opened.store, clock,
                                {.actor = options.person.actor,
                                 .action = action,
                                 .subject = fmt::format("token {}", token.id),
                                 .reason = fmt::format("{} as {}: {}", token.name,
                                                       to_text(token.role), options.person.reason),
                                 .before = {},
                                 .after = token.hash,
                                 .approver = options.person.approver});
  if (!line) return std::unexpected(line.error());
  return {};
}

int new_token(const TokenOptions& options) {
  const auto role = role_named(options.role);
  if (!role) {
    return report({Remedy::reject, "officer.invalid", "\"" + options.role + "\" is no role"});
  }
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const SystemClock clock;
  const auto made = make_person_token(
      opened->home->officers(), opened->home->count, options.name, *role, options.days,
      clock.now_us(),
      [&](const PersonToken& token) { return note_token(options, *opened, "token-new", token); });
  if (!made) return report(made.error());
  std::printf("%s\n", made->text.c_str());
  say(
      fmt::format("teller: this is the token {} of {} as {}, good until {}. It is shown once and "
                  "kept nowhere: give it to {} alone",
                  made->token.id, options.name, options.role, format_utc(made->token.expires_us),
                  options.name));
  return done;
}

int revoke_token(const TokenOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const SystemClock clock;
  const auto revoked = revoke_person_tokens(
      opened->home->officers(), options.which, clock.now_us(),
      [&](const std::vector<PersonToken>& tokens) -> Result<void> {
        for (const PersonToken& token : tokens) {
          if (auto noted = note_token(options, *opened, "token-revoke", token); !noted) {
            return noted;
          }
        }
        return {};
      });
  if (!revoked) return report(revoked.error());
  for (const PersonToken& token : *revoked) {
    say(fmt::format("teller: the token {} of {} as {} is revoked", token.id, token.name,
                    to_text(token.role)));
  }
  return done;
}

Result<std::unique_ptr<HomeFolder>> home_of(const Where& where) {
  if (!where.home.empty()) return HomeFolder::open(where.home);
  const auto config = load_config(where.config);
  if (!config) return std::unexpected(config.error());
  return HomeFolder::open(*config);
}

int list_tokens(const TokenOptions& options) {
  const auto home = home_of(options.where);
  if (!home) return report(home.error());
  if (auto own = check_private(**home); !own) return report(own.error());
  const auto tokens = read_person_tokens((*home)->officers());
  if (!tokens) return report(tokens.error());
  const std::int64_t now_us = SystemClock().now_us();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  for (const PersonToken& token : *tokens) {
    const std::string state = token.revoked_us        ? "revoked"
                              : token.good_at(now_us) ? "good"
                                                      : "expired";
    all.push_back({{"token", token.id},
                   {"name", token.name},
                   {"role", to_text(token.role)},
                   {"made", format_utc(token.made_us)},
                   {"expires", format_utc(token.expires_us)},
                   {"state", state}});
    cells.push_back({token.id, token.name, std::string(to_text(token.role)),
                     format_utc(token.made_us), format_utc(token.expires_us), state});
  }
  if (options.json) {
    print_as_json(all);
  } else if (cells.empty()) {
    say("teller: there are no tokens of persons");
  } else {
    std::fputs(table({"Token", "Name", "Role", "Made", "Expires", "It is"}, cells).c_str(), stdout);
  }
  return done;
}

}  // namespace

void add_token(CLI::App& app) {
  CLI::App* command = add_command(
      app, "token", "Make, list and revoke the tokens by which a server knows persons",
      "Examples:\n"
      "  teller token new --home count --role tabulation --for a.huber > huber.token\n"
      "  teller token new --config teller.toml --role auditor --for c.auer > auer.token\n"
      "  teller token list --home count\n"
      "  teller token revoke a.huber --home count --reason \"left the board\"\n"
      "Who may do what, and which roles one person may not hold together:\n"
      "docs/reference/roles.md. A token signs nothing: an officer's key does (teller officer).");
  command->require_subcommand(1);
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* made = command->add_subcommand("new", "Make a token, and show it once");
  add_where(made, options->where);
  made->add_option("--role", options->role,
                   "registrar, clerk, operator, tabulation, auditor, publisher or observer")
      ->required();
  made->add_option("--for", options->name, "Whose it is, as the audit log will say")
      ->type_name("NAME")
      ->required();
  made->add_option("--days", options->days, "How long it is good")->capture_default_str();
  add_person(made, options->person, "a token for this count");
  on_run(made, [options] { return new_token(*options); });

  CLI::App* listed =
      command->add_subcommand("list", "All tokens there have been, without themselves");
  add_where(listed, options->where);
  listed->add_flag("--json", options->json, "For a program to read");
  on_run(listed, [options] { return list_tokens(*options); });

  const auto revoking = std::make_shared<TokenOptions>();
  CLI::App* revoked =
      command->add_subcommand("revoke", "End a token, or all of a person's, at once");
  revoked->add_option("TOKEN", revoking->which, "Its id, or a person's name (teller token list)")
      ->required();
  add_where(revoked, revoking->where);
  add_person(revoked, revoking->person);
  on_run(revoked, [revoking] { return revoke_token(*revoking); });
}

}  // namespace teller::cli
