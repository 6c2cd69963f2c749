// teller serve: the embedded form. What it is made of is host/embedded.h; this gives it its options
// and waits until it is told to stop.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "cli/check_file.h"
#include "cli/command.h"
#include "host/embedded.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

int serve(Embedded::Options& options, const std::string& checks) {
  auto rules = read_check_rules(checks);
  if (!rules) return report(rules.error());
  options.check_rules = std::move(*rules);
  install_stop_signals();
  const auto embedded = Embedded::start(options);
  if (!embedded) return report(embedded.error());
  std::printf("%s\n", (*embedded)->url().c_str());
  std::fflush(stdout);
  wait_for_stop([&] { return (*embedded)->broken(); });
  (*embedded)->stop();
  options.event(Event::info("serve.stopped"));
  return (*embedded)->broken() ? unfinished : done;
}

}  // namespace

void add_serve(CLI::App& app) {
  const auto options = std::make_shared<Embedded::Options>();
  options->listen = "127.0.0.1:18400";
  options->event = to_operator();
  CLI::App* command = add_command(
      app, "serve", "Count in one process: take entries, record, count, prove, publish",
      "Examples:\n"
      "  teller serve --home my-count\n"
      "  teller serve --home my-count --listen 0.0.0.0:8443 --certificate s.crt --key s.key \\\n"
      "               --client-ca stations-ca.crt\n"
      "Without --client-ca and --tokens, who sends or reads shows the token in DIR/token:\n"
      "  teller load ballots.ndjson --to http://127.0.0.1:18400 --token-file my-count/token\n"
      "Our own commands find both where they are given --home my-count.\n"
      "Ends on SIGTERM: what was acknowledged is counted and stated first. After a crash, start\n"
      "it again; nothing that was acknowledged is lost or counted twice.");
  command->add_option("--home", options->home, "The home of the count (teller init)")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--listen", options->listen,
                   "Address and port; beyond loopback only with TLS and known senders")
      ->capture_default_str();
  command->add_option("--certificate", options->certificate, "TLS certificate (PEM)");
  command->add_option("--key", options->key, "Its private key (PEM)");
  command->add_option("--client-ca", options->client_ca, "Senders need a certificate of this CA");
  command->add_option("--tokens", options->tokens,
                      "Senders may use tokens: lines of SHA-256 of the token, and a name");
  command
      ->add_option("--page-origin", options->page_origins,
                   "Pages of this origin may read figures (https://news.example); repeatable")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  command
      ->add_option("--approval-hours", options->approval_hours,
                   "How long a decision that was handed in waits for more signatures")
      ->check(CLI::Range(1, 24 * 366))
      ->capture_default_str();
  command
      ->add_option("--sender-limits", options->sender_limits,
                   "What each sender may send: units, entries a second, voting places")
      ->type_name("FILE");
  command
      ->add_option("--persons", options->persons,
                   "Persons are known by tokens of a provider of identities too (OpenID Connect)")
      ->type_name("FILE");
  command
      ->add_option("--also-publish", options->also_publish,
                   "Publish here too, from now on: a folder that a copy of this machine does not "
                   "set back")
      ->type_name("DIR");
  const auto keep_minutes = std::make_shared<unsigned>(5);
  command
      ->add_option(
          "--keep-totals", *keep_minutes,
          "Keep the figures as of now so often, in minutes, for GET /v1/totals?as_of=; 0: never")
      ->check(CLI::Range(0, 24 * 60))
      ->type_name("MINUTES")
      ->capture_default_str();
  command->add_flag_callback(
      "--no-publish", [options] { options->publish = false; },
      "Make no statements (the key is elsewhere)");
  command
      ->add_option("--alarm-url", options->alarm_url,
                   "New errors and warnings of the checks are sent here (docs/guides/checks.md)")
      ->type_name("URL");
  command
      ->add_option("--alarm-secret", options->alarm_secret,
                   "Signs them: a file of yours alone with a secret that the receiver has too")
      ->type_name("FILE");
  const auto checks = std::make_shared<std::string>();
  add_checks(command, *checks);
  on_run(command, [options, checks, keep_minutes] {
    options->keep_totals = std::chrono::minutes(*keep_minutes);
    return serve(*options, *checks);
  });
}

}  // namespace teller::cli
