// teller keys: the public key of a count, and whether the private one beside it belongs to it.
#include "cli/command.h"
#include "home/home.h"

namespace teller::cli {

void add_keys(CLI::App& app) {
  auto home = std::make_shared<std::string>();
  CLI::App* command = add_command(
      app, "keys", "Show a count's public key, and whether its private key is here",
      "Examples:\n"
      "  teller keys --home my-count\n"
      "The public key (a C2SP verifier key) is what everybody needs to check the count.");
  command->add_option("--home", *home, "The home of the count")->required()->type_name("DIR");
  on_run(command, [home] {
    const auto opened = HomeFolder::open(*home);
    if (!opened) return report(opened.error());
    std::printf("%s\n", (*opened)->count.public_key.c_str());
    if (const auto signer = (*opened)->signer()) {
      say("teller: the private key is here (" + ((*opened)->path / "key").string() +
          ") and fits; keep a copy of it in a safe place");
    } else if (signer.error().code == Code("key.missing")) {
      say("teller: the private key is not here; this machine cannot make statements");
    } else {
      return report(signer.error());
    }
    return done;
  });
}

}  // namespace teller::cli
