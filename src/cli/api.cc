// teller api: the process of the service form that knows what stands.
#include "host/api.h"

#include <string>

#include "cli/check_file.h"
#include "cli/command.h"
#include "host/stop_signals.h"
#include "settings/config.h"

namespace teller::cli {

void add_api(CLI::App& app) {
  const auto config = std::make_shared<std::string>();
  const auto file = std::make_shared<std::string>();
  CLI::App* command = add_command(
      app, "api", "Take deliveries of result sheets for a count on the servers",
      "Examples:\n"
      "  teller api --config .stack/teller.toml\n"
      "  teller import results.csv --mapping mapping.toml --to https://localhost:18447 \\\n"
      "         --ca ca.crt --certificate clerk.crt --key clerk.key\n"
      "It compares each sheet with what stands, sends what differs, and answers when it is "
      "counted:\n"
      "what `teller serve` does for an embedded count. Any number of these may run side by side.\n"
      "What it serves is described in schema/http.yaml. SIGTERM lets what has begun finish.");
  command
      ->add_option("--config", *config, "teller.toml: its [api], [kafka], [postgres] and [count]")
      ->required()
      ->type_name("FILE");
  add_checks(command, *file);
  on_run(command, [config, file] {
    install_stop_signals();
    const auto read = load_config(*config);
    if (!read) return report(read.error());
    const auto checks = read_check_rules(*file);
    if (!checks) return report(checks.error());
    const auto ran = run_api(*read, *checks, stop_asked, to_operator());
    return ran ? done : report(ran.error());
  });
}

}  // namespace teller::cli
