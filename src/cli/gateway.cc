// teller gateway: takes entries over HTTPS into the journal of the service form (Kafka).
#include "gateway/gateway.h"

#include <string>

#include "cli/command.h"
#include "gateway/gateway_inbox.h"
#include "host/stop_signals.h"
#include "settings/config.h"

namespace teller::cli {

void add_gateway(CLI::App& app) {
  const auto config = std::make_shared<std::string>();
  const auto inbox = std::make_shared<bool>(false);
  const auto listen = std::make_shared<std::string>();
  CLI::App* command = add_command(
      app, "gateway", "Take entries over HTTPS into Kafka (any number of these side by side)",
      "Examples:\n"
      "  teller gateway --config .stack/teller.toml\n"
      "  curl --cacert ca.crt --cert station.crt --key station.key \\\n"
      "       -H 'Content-Type: application/x-ndjson' --data-binary @ballots.ndjson \\\n"
      "       https://localhost:18443/v1/entries\n"
      "  teller gateway --inbox --config .stack/teller.toml\n"
      "With --inbox it takes the JSON that outside producers write to the topic `inbox`, with any\n"
      "client and any partitioner; what it refuses goes to the topic `refused`, without content\n"
      "(docs/guides/producers.md; `teller incidents --refused` lists it).\n"
      "What it serves is described in schema/http.yaml. SIGTERM lets what has begun finish.");
  command->add_option("--config", *config, "teller.toml: its [gateway], [kafka] and [count]")
      ->required()
      ->type_name("FILE");
  command->add_flag("--inbox", *inbox, "Read the inbox topic instead of serving HTTPS");
  command->add_option("--listen", *listen, "With --inbox: /metrics and /v1/health here")
      ->type_name("ADDRESS:PORT");
  on_run(command, [config, inbox, listen] {
    install_stop_signals();
    const auto read = load_config(*config);
    if (!read) return report(read.error());
    const OnEvent event = to_operator();
    if (!*inbox && !listen->empty()) {
      return report({Remedy::reject, "config.invalid",
                     "without --inbox the gateway serves /metrics where [gateway] listen says"});
    }
    const auto ran = *inbox ? run_gateway_inbox(*read, *listen, stop_asked, event)
                            : run_gateway(*read, stop_asked, event);
    return ran ? done : report(ran.error());
  });
}

}  // namespace teller::cli
