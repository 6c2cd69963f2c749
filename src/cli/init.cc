// teller init: makes the home of a count, and with --config its store on the servers.

#include <set>

#include <fmt/format.h>

#include "base/grouped.h"
#include "cli/begin_count.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/table.h"
#include "decide/officers_file.h"
#include "home/home_store.h"
#include "store/store_postgres.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

struct InitOptions {
  std::string home, config, rules, presentation, mode = "test", label, origin;
  std::string publication = "live", officers;
  unsigned partitions = 4;
  std::uint32_t small_units = 10;
  std::uint64_t interval_ms = 250, minimum = 1, maximum = 200'000;
  std::set<std::string> given;  // Of those that a count cannot change afterwards.
  Person person;
};

Result<NewCount> read_wanted(const InitOptions& options) {
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
    const std::filesystem::path beside = std::filesystem::path(options.presentation).parent_path();
    wanted.photos_in = beside.empty() ? "." : beside;
  }
  for (const Mode mode : {Mode::demo, Mode::test, Mode::rehearsal, Mode::live}) {
    if (to_text(mode) == options.mode) wanted.mode = mode;
  }
  wanted.label = options.label;
  wanted.partitions = static_cast<std::uint16_t>(options.partitions);
  wanted.step = {std::chrono::milliseconds(options.interval_ms), options.minimum, options.maximum};
  wanted.publication = options.publication;
  if (options.publication == "certified") {
    wanted.small_units = options.small_units;
  } else if (options.given.contains("--small-units")) {
    return fail(Remedy::reject, "policy.unsupported",
                "--small-units is for --publication certified: all others tell of every unit");
  }
  wanted.origin = options.origin;
  if (!options.officers.empty()) {
    const auto text = read_text(options.officers, std::uint64_t{1} << 20);
    if (!text) return std::unexpected(text.error());
    auto officers = parse_officers(*text, options.officers);
    if (!officers) return std::unexpected(officers.error());
    wanted.officers = std::move(officers->list);
    wanted.approvals = officers->approvals;
  }
  return wanted;
}

// A count that was begun goes on with its id, and only as it was begun: what is asked for otherwise
// now would not be so, and nobody would see it.
Result<void> same_as_begun(const Home& home, const NewCount& wanted, const InitOptions& options) {
  const auto given = [&](const char* option) { return options.given.contains(option); };
  const CountFile& count = home.count;
  const char* other =
      sha256(as_bytes(wanted.rules)) != home.rules.hash()                 ? "rules"
      : given("--mode") && wanted.mode != count.mode                      ? "a mode"
      : given("--label") && wanted.label != count.label                   ? "a label"
      : given("--origin") && wanted.origin != count.origin                ? "an origin"
      : given("--partitions") && wanted.partitions != count.partitions    ? "a number of partitions"
      : given("--officers") && wanted.officers != count.officers          ? "officers"
      : given("--publication") && wanted.publication != count.publication ? "a publication"
      : given("--small-units") && wanted.small_units != count.small_units ? "a size of small units"
                                                                          : nullptr;
  if (other == nullptr) return {};
  return fail(Remedy::reject, "home.exists",
              fmt::format("{} holds a count with {} other than asked for; choose another folder",
                          home.path.string(), other));
}

Result<void> begin_on_servers(const Home& home, const Config::Postgres& postgres,
                              const Person& person, NewOnDisk& made) {
  PostgresStore store(postgres.conninfo_as("teller_owner"));
  auto created = store.create(home.rules, home.presentation, home.count);
  // From here on the database holds the count, or may: its home stays, for its key is nowhere else.
  const bool held = created || created.error().remedy == Remedy::abort;
  if (held) made.keep_all();
  if (created) created = begin_audit_log(home.count, store, person);
  if (created || !held) return created;
  return std::unexpected(during("the count is begun; the same command again goes on with it",
                                std::move(created).error()));
}

// What fails leaves nothing behind, and the next try begins as this one did.
Result<std::unique_ptr<Home>> init(InitOptions& options) {
  if (auto good = check_audit_entry(first_entry(options.person)); !good) {
    return std::unexpected(good.error());
  }
  const auto wanted = read_wanted(options);
  if (!wanted) return std::unexpected(wanted.error());
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
    if (const auto there = need(*config, config->postgres, "postgres"); !there) {
      return std::unexpected(there.error());
    }
  }
  NewOnDisk made;
  // A count that was begun and not finished (the machine died, or the database was away) goes on with
  // the same id. On servers so does one that was moved there.
  auto home = Home::open(options.home);
  if (home && (config || is_only_begun(**home))) {
    if (auto same = same_as_begun(**home, *wanted, options); !same) {
      return std::unexpected(same.error());
    }
    // It has run under the name that it has.
    if (config && was_counted_in(**home)) home = Home::open(*config);
  } else {
    home = make_home(options.home, *wanted, made);
  }
  if (!home) return home;
  Result<void> begun;
  if (config) begun = may_run_on_servers((*home)->count);
  if (!begun) return std::unexpected(begun.error());
  if (config) begun = give_name(options.home, *config, made);
  if (begun) {
    begun = config ? begin_on_servers(**home, *config->postgres, options.person, made)
                   : begin_in_folder(**home, options.person, made);
  }
  if (!begun) return std::unexpected(begun.error());
  return home;
}

}  // namespace

void add_init(CLI::App& app) {
  auto options = std::make_shared<InitOptions>();
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
  command
      ->add_option("--presentation", options->presentation,
                   "Colours, texts, and the photos beside it that it names")
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
  command
      ->add_option("--publication", options->publication,
                   "When figures are published: live, after_close (of voting, by officers), or "
                   "certified (the result alone, without small units)")
      ->capture_default_str();
  command
      ->add_option("--small-units", options->small_units,
                   "With --publication certified: a unit of fewer cards is not told by itself")
      ->check(CLI::Range(3, 1000))
      ->capture_default_str();
  command
      ->add_option(
          "--officers", options->officers,
          "Who may open, close and certify it (docs/guides/decisions.md); left out: nobody, "
          "and it is open at once")
      ->type_name("FILE");
  add_person(command, options->person, "a new count");
  on_run(command, [options, command] {
    for (const char* option : {"--mode", "--label", "--origin", "--partitions", "--officers",
                               "--publication", "--small-units"}) {
      if (command->count(option) > 0) options->given.insert(option);
    }
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
