// teller load: sends files of entries, waits until they are counted, and says what became of each.
// To a server, or (--home) into the embedded engine in this process, through the same accepting and
// recording.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/entry_target.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/terminal_text.h"
#include "gateway/loader.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

struct LoadArguments : SendTo {
  std::vector<std::string> files;
  std::string format, batch;
  std::uint64_t expect = 0;
  unsigned in_flight = 4;
  bool in_order = false;
  bool force = false;
};

// What stands behind the bar.
std::string text_of(const LoadSummary& summary, double seconds) {
  std::string text = grouped(summary.recorded) + " recorded";
  if (summary.refused_total > 0) text += ", " + grouped(summary.refused_total) + " refused";
  return text + ", " + a_second(summary, seconds) + "/s";
}

void print(const LoadSummary& summary, const Became& became, double seconds, const Error* error,
           bool as_json) {
  if (!as_json) return print_became(summary, became, seconds);
  print_as_json(became_json(summary, became, seconds, error), -1);
}

int load(const LoadArguments& arguments) {
  install_stop_signals();
  auto target = open_entry_target(arguments);
  if (!target) return report(target.error());

  Progress progress("loading");
  constexpr unsigned refused_shown_max = 20;
  unsigned refused_shown = 0;

  LoadOptions options;
  options.in_flight = arguments.in_order ? 1 : arguments.in_flight;
  options.batch = arguments.batch;
  options.any_version = arguments.force;
  options.stop = [&] { return stop_asked() || target->broken(); };
  if (arguments.format == "packed") options.format = BodyFormat::packed;
  if (arguments.format == "ndjson") options.format = BodyFormat::ndjson;
  if (arguments.format == "json") options.format = BodyFormat::json;
  options.on_refused = [&](const std::string& place, const RefusedEntry& refused) {
    if (refused_shown > refused_shown_max) return;
    say(refused_shown++ == refused_shown_max
            ? "further refusals are only counted"
            : printable_line(place + ": refused: " + refused.code + ": " + refused.detail));
  };
  options.on_progress = [&](const LoadSummary& summary, std::uint64_t bytes, std::uint64_t of) {
    // Several files: only --expect can tell how much is left.
    const std::uint64_t all = arguments.files.size() == 1 ? of : 0;
    const auto beside = [&] { return text_of(summary, progress.seconds()); };
    if (arguments.expect > 0) {
      progress.show(summary.entries, arguments.expect, beside);
    } else {
      progress.show(bytes, all, beside);
    }
  };

  std::optional<Error> error;
  LoadSummary summary;
  std::vector<RecordPlace> records;
  {
    Loader loader(*target->sender, options);
    for (const std::string& file : arguments.files) {
      auto sent = loader.file(file);
      if (sent) continue;
      error = std::move(sent.error());
      break;
    }
    auto finished = loader.finish();
    if (!finished && !error) error = std::move(finished.error());
    summary = loader.summary();
    records = loader.take_records();
  }
  // Of a part it is asked with the rest, when the same command has sent all.
  const bool all_sent = !error;
  // What broke it says more than that nothing more could be sent.
  if (!error || target->broken()) {
    auto finished = target->finish();
    if (!finished) error = std::move(finished.error());
  }
  const double seconds = progress.seconds();
  progress.end();
  Became became;
  if (all_sent && !target->broken()) {
    auto followed = follow_entries(*target, std::move(records), arguments);
    if (followed) {
      became = std::move(*followed);
    } else if (!error) {
      error = std::move(followed.error());
    }
  }
  print(summary, became, seconds, error ? &*error : nullptr, arguments.json);
  say_what_is_open(summary, became);
  if (error) {
    report(*error);
    return unfinished;
  }
  return summary.refused_total + summary.bodies_refused > 0 || !became.all_count() ? found : done;
}

}  // namespace

void add_load(CLI::App& app) {
  const auto arguments = std::make_shared<LoadArguments>();
  CLI::App* command = add_command(
      app, "load", "Send files of entries and say what became of them",
      "Examples:\n"
      "  teller load ballots.packed.zst --home my-count\n"
      "  teller load ballots.packed.zst --to http://127.0.0.1:18400 --token-file my-count/token\n"
      "  teller load ballots.ndjson.gz --to https://gateway.example:8443 --ca ca.crt \\\n"
      "              --certificate station.crt --key station.key --batch 'scanner 3/17'\n"
      "  teller import results.csv --mapping m.toml --home count --out - | teller load - --home "
      "count\n"
      "It sends again what was not recorded or is unknown, for as long as --give-up-after says;\n"
      "running the same command again is always safe. Then it waits until all of it is counted, "
      "and\n"
      "names what is not. Exit code 1: something was refused, a conflict, rejected, or still "
      "waits;\n"
      "3: not all could be sent. A gateway cannot say what becomes of entries; `teller api` can: "
      "--outcomes-at.");
  command->add_option("FILE", arguments->files, "Packed batches, NDJSON or a JSON list; - is stdin")
      ->required();
  auto* where = command->add_option_group("where", "Where to");
  where
      ->add_option("--home", arguments->home,
                   "Count it in this process, into the home of an embedded count")
      ->type_name("DIR");
  CLI::Option* to =
      where->add_option("--to", arguments->to.url, "A gateway or teller serve, https://host:port")
          ->type_name("URL");
  where->require_option(1);
  command->add_option("--ca", arguments->to.ca, "Whose certificates to trust (PEM)")
      ->type_name("FILE");
  CLI::Option* certificate =
      command->add_option("--certificate", arguments->to.certificate, "Who we are (PEM)")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--key", arguments->to.key, "Its private key (PEM)")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--token-file", arguments->to.token_file,
                   "A file with the token that says who we are; of `teller serve`, DIR/token")
      ->type_name("FILE");
  command->add_option("--format", arguments->format, "packed, ndjson or json; else it is seen")
      ->check(CLI::IsMember({"packed", "ndjson", "json"}));
  command->add_option("--batch", arguments->batch, "The scanner's batch these come from")
      ->type_name("NAME");
  command->add_option("--expect", arguments->expect, "How many entries, for the progress bar")
      ->type_name("N");
  command->add_option("--in-flight", arguments->in_flight, "Requests at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag("--in-order", arguments->in_order,
                    "One request after the other, on one connection: the order of the file holds");
  auto* const outcomes_at =
      command
          ->add_option("--outcomes-at", arguments->outcomes_at,
                       "Ask here what became of what --to has recorded: a `teller api`")
          ->type_name("URL")
          ->needs(to);
  command->add_flag("--force", arguments->force,
                    "Send result sheets whatever their version: also one that is more than 1,000 "
                    "above the last of that sheet in these files");
  command
      ->add_flag("--no-wait", arguments->no_wait,
                 "Do not wait until it is counted: recorded is all that is said")
      ->needs(to)
      ->excludes(outcomes_at);
  command
      ->add_option("--give-up-after", arguments->give_up_after_s,
                   "Of one body's tries, and of waiting without anything being counted")
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "The summary as JSON");
  on_run(command, [arguments] { return load(*arguments); });
}

}  // namespace teller::cli
