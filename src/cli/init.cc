// teller init: makes the home of a count, and with --config its store on the servers.

#include <fmt/format.h>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/table.h"
#include "home/home_store.h"
#include "operate/audit.h"
#include "results/reader.h"
#include "store/store_postgres.h"
#include "store/store_sqlite.h"

namespace teller::cli {
namespace {

struct Options {
  std::string home, config, rules, presentation, mode = "test", label, origin;
  std::string publication = "live";
  unsigned partitions = 4;
  std::uint64_t interval_ms = 250, minimum = 1, maximum = 200'000;
  Person person;
};

AuditEntry first_entry(const Person& person) {
  return {.actor = person.actor,
          .action = std::string(audit_init),
          .subject = "count",
          .reason = person.reason,
          .approver = person.approver};
}

// The first line of the audit log; a count that was begun before has it already.
Result<void> begin_audit_log(const CountFile& count, AuditStore& store, const Person& person) {
  const auto first = store.last_audit();
  if (!first) return std::unexpected(first.error());
  if (*first) return {};
  AuditEntry entry = first_entry(person);
  entry.after = count.hash();
  const auto line = write_audit(count, store, SystemClock(), entry);
  if (!line) return std::unexpected(line.error());
  return {};
}

Result<std::unique_ptr<Home>> init(Options& options) {
  if (auto good = check_audit_entry(first_entry(options.person)); !good) {
    return std::unexpected(good.error());
  }
  NewCount wanted;
  auto rules = read_text(options.rules, Rules::file_bytes_max);
  if (!rules) return std::unexpected(rules.error());
  wanted.rules = std::move(*rules);
  wanted.rules_name = options.rules;
  if (!options.presentation.empty()) {
    auto presentation = read_text(options.presentation, Presentation::file_bytes_max);
    if (!presentation) return std::unexpected(presentation.error());
    wanted.presentation = std::move(*presentation);
    wanted.presentation_name = options.presentation;
  }
  for (const Mode mode : {Mode::demo, Mode::test, Mode::rehearsal, Mode::live}) {
    if (to_text(mode) == options.mode) wanted.mode = mode;
  }
  wanted.label = options.label;
  wanted.partitions = static_cast<std::uint16_t>(options.partitions);
  wanted.step = {std::chrono::milliseconds(options.interval_ms), options.minimum, options.maximum};
  wanted.publication = options.publication;
  wanted.origin = options.origin;

  std::optional<Config> config;
  if (!options.config.empty()) {
    auto loaded = load_config(options.config);
    if (!loaded) return std::unexpected(loaded.error());
    config = std::move(*loaded);
    options.home = config->count.home;
    if (options.minimum > 1) {
      return fail(Remedy::reject, "policy.unsupported",
                  "on the servers a step is a partition's share of a round: "
                  "--step-minimum above 1 is not possible there");
    }
  }
  // A count that was begun and not finished (the database was away) goes on with the same id.
  auto home = Home::open(options.home);
  // So does one in a folder, until its store is there.
  const bool again = home && (config || !holds_more_than_files(**home));
  if (!again) home = make_home(options.home, wanted);
  if (!home) return home;
  if (again && sha256(as_bytes(wanted.rules)) != (*home)->rules.hash()) {
    return fail(Remedy::reject, "home.exists", options.home + " holds a count with other rules");
  }
  const Home& made = **home;
  Result<void> created;
  if (config) {
    const auto postgres = need(*config, config->postgres, "postgres");
    if (!postgres) return std::unexpected(postgres.error());
    PostgresStore store(postgres->conninfo_as("teller_owner"));
    created = store.create(made.rules, made.presentation, made.count);
    if (created) created = begin_audit_log(made.count, store, options.person);
  } else {
    auto store = SqliteStore::make_file(made.store());
    if (!store) return std::unexpected(store.error());
    created = (*store)->create(made.rules, made.presentation, made.count);
    if (created) created = begin_audit_log(made.count, **store, options.person);
  }
  if (!created) return std::unexpected(created.error());
  return home;
}

}  // namespace

void add_init(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "init", "Make a new count: its id, its key, its home and its store",
      "Examples:\n"
      "  teller init --home my-count --rules rules.json --mode test\n"
      "  teller init --home night --rules rules.json.gz --presentation presentation.json \\\n"
      "              --mode live --origin election.example/2026/council --partitions 8\n"
      "  teller init --config teller.toml --rules rules.json --mode rehearsal\n"
      "The home is 0700 and holds the count's private key: keep a copy of it in a safe place.");
  auto* where = command->add_option_group("count", "Where the count is kept");
  where->add_option("--home", options->home, "A folder to make (embedded form)")->type_name("DIR");
  where->add_option("--config", options->config, "teller.toml (on the servers)")->type_name("FILE");
  where->require_option(1);
  command->add_option("--rules", options->rules, "What is voted on; frozen from now on")
      ->required()
      ->type_name("FILE");
  command->add_option("--presentation", options->presentation, "Colours, texts, photos")
      ->type_name("FILE");
  command->add_option("--mode", options->mode, "demo, test, rehearsal or live; shown everywhere")
      ->check(CLI::IsMember({"demo", "test", "rehearsal", "live"}))
      ->capture_default_str();
  command->add_option("--label", options->label, "Shown beside the mode, e.g. \"REPLAY: …\"");
  command->add_option("--origin", options->origin, "The log's name: a host you own and a path");
  command->add_option("--partitions", options->partitions, "How many counts run side by side")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  command->add_option("--step-interval-ms", options->interval_ms, "A step at most this often")
      ->check(CLI::Range(1, 86'400'000))
      ->capture_default_str();
  command->add_option("--step-minimum", options->minimum, "Entries that must wait for a step")
      ->capture_default_str();
  command->add_option("--step-maximum", options->maximum, "Entries that make a step due at once")
      ->capture_default_str();
  command->add_option("--publication", options->publication, "What is let out, and when: live")
      ->capture_default_str();
  add_person(command, options->person, "a new count");
  on_run(command, [options] {
    const auto home = init(*options);
    if (!home) return report(home.error());
    const CountFile& count = (*home)->count;
    std::printf("%s\n", count.id.hex().c_str());
    say(
        fmt::format("teller: count {} ({}): {}, {} contest(s), {} units\nteller: public key "
                    "{}\nteller: home {}",
                    count.id.hex(), to_text(count.mode), (*home)->rules.election,
                    (*home)->rules.contests.size(), grouped((*home)->rules.units.size()),
                    count.public_key, (*home)->path.string()));
    for (const Contest& contest : (*home)->rules.contests) {
      if (contest.kind != ContestKind::ranked) continue;
      say("teller: " + contest.id + " is ranked: this program counts " +
          "first preferences and names no leader; rounds are not counted here");
    }
    return done;
  });
}

}  // namespace teller::cli
