// teller gateway: takes entries over HTTPS into the journal of the service form (Kafka).
#include "host/gateway.h"

#include <string>

#include "cli/common.h"

namespace teller::cli {

void add_gateway(CLI::App& app) {
  const auto config = std::make_shared<std::string>();
  CLI::App* command = add_command(
      app, "gateway", "Takes entries over HTTPS into Kafka (any number of these side by side)",
      "Examples:\n"
      "  teller gateway --config .stack/teller.toml\n"
      "  curl --cacert ca.crt --cert station.crt --key station.key \\\n"
      "       -H 'Content-Type: application/x-ndjson' --data-binary @ballots.ndjson \\\n"
      "       https://localhost:18443/v1/entries\n"
      "What it serves is described in schema/http.yaml. SIGTERM lets what has begun finish.");
  command->add_option("--config", *config, "teller.toml: its [gateway], [kafka] and [count]")
      ->required()
      ->type_name("FILE");
  on_run(command, [config] {
    install_stop_signals();
    const auto read = load_config(*config);
    if (!read) return report(read.error());
    const auto ran =
        run_gateway(*read, stop_asked, [](const std::string& text) { say("gateway: " + text); });
    return ran ? done : report(ran.error());
  });
}

}  // namespace teller::cli
