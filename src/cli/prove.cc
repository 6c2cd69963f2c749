// teller prove: that an entry is counted, or that nothing stated earlier is gone.
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/file.h"
#include "cli/command.h"
#include "cli/terminal_text.h"
#include "verify/proof_file.h"

namespace teller::cli {
namespace {

struct ProveOptions {
  std::string folder, id, check, key;
  std::optional<std::uint64_t> since;
};

int run(const ProveOptions& options) {
  if (!options.check.empty()) {
    std::string text;
    if (options.check == "-") {
      // One byte more than is allowed says that there are more.
      text.resize(proof_bytes_max + 1);
      std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
      text.resize(static_cast<std::size_t>(std::cin.gcount()));
    } else {
      auto file = read_file(options.check, proof_bytes_max);
      if (!file) return report(file.error());
      text = std::move(*file);
    }
    const auto said = check_proof(text, options.key);
    if (!said) {
      std::printf("not proven: %s\n", printable(said.error().detail).c_str());
      return found;
    }
    std::printf("proven: %s\n", printable(*said).c_str());
    return done;
  }
  Result<std::string> proof;
  if (options.since) {
    proof = consistency_proof(options.folder, *options.since);
  } else {
    const auto id = parse_uuid(options.id);
    if (!id) {
      return report(
          {Remedy::reject, "entry.id.not_uuid", options.id + " is not a UUID, 8-4-4-4-12"});
    }
    proof = inclusion_proof(options.folder, *id);
  }
  if (!proof) return report(proof.error());
  std::fputs(proof->c_str(), stdout);
  return done;
}

}  // namespace

void add_prove(CLI::App& app) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* command = add_command(
      app, "prove", "Prove that an entry is counted, or that nothing stated earlier is gone",
      "Examples:\n"
      "  teller prove --export audit-copy --id 6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b > proof.json\n"
      "  teller prove --export audit-copy --since 12 > still-there.json\n"
      "  teller prove --check proof.json --key 'election.example/2026+e3657a7e+Aep…'\n"
      "A proof is one JSON object (schema/export.md) and needs nothing but the count's public key\n"
      "to be checked. Exit code 1 when it does not hold.");
  auto* folder = command->add_option("--export", options->folder, "An export (teller log export)")
                     ->type_name("DIR");
  auto* what = command->add_option_group("what", "What to prove, or the proof to check");
  what->add_option("--id", options->id, "The id of an entry: it is counted")
      ->needs(folder)
      ->type_name("UUID");
  what->add_option("--since", options->since,
                   "The number of a statement: all it stated is still there")
      ->needs(folder)
      ->type_name("N");
  auto* check = what->add_option("--check", options->check, "Check this proof (- for stdin)")
                    ->type_name("FILE");
  what->require_option(1);
  auto* key = command->add_option("--key", options->key, "The count's public key (teller keys)")
                  ->type_name("KEY");
  check->needs(key);
  on_run(command, [options] { return run(*options); });
}

}  // namespace teller::cli
