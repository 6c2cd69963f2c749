// teller import: published results into result sheets or synthesised ballots.
#include "results/import.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/delivery_target.h"
#include "cli/delivery_words.h"
#include "cli/import_ballots.h"
#include "cli/open.h"
#include "cli/row_words.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "deliver/delivery_sheets.h"
#include "results/ballot_mapping.h"
#include "results/entry_output.h"
#include "results/reader.h"
#include "results/timed_results.h"
#include "settings/toml_limits.h"

namespace teller::cli {
namespace {

namespace fs = std::filesystem;

struct ImportOptions {
  std::string csv, mapping, home, out, rules, import_key;
  bool ballots = false, json = false, check = false, partial = false, new_key = false;
  [[nodiscard]] Incomplete incomplete() const {
    return partial ? Incomplete::take_in_part : Incomplete::hold;
  }
  DeliverOptions deliver;
  std::string format = "packed";
  Portion portion;
};

nlohmann::ordered_json summary_json(const ResultsTable& table, const Rules* rules,
                                    const BoundResults* bound, std::string_view kind,
                                    std::uint64_t written) {
  auto all = rows_json(table);
  if (bound == nullptr) return all;
  all["held"] = held_json(*bound, *rules);
  all[kind] = written;
  auto& sums = all["sums"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < rules->contests.size(); ++i) {
    const Contest& contest = rules->contests[i];
    for (std::size_t k = 0; k < contest.options.size(); ++k) {
      sums[contest.id][contest.options[k].id] = bound->sums[i][k];
    }
  }
  return all;
}

// What was read, refused and written, for a person or a program.
void summarise(const ResultsTable& table, const Rules* rules, const BoundResults* bound,
               std::string_view kind, std::uint64_t written, const ImportOptions& options,
               std::FILE* to) {
  if (options.json) {
    fmt::print(to, "{}\n", summary_json(table, rules, bound, kind, written).dump());
    return;
  }
  for (const std::string& note : table.notes) fmt::print(to, "note: {}\n", printable_line(note));
  say_faults(table, to);
  if (bound != nullptr) say_held(*bound, *rules, options.partial, to);
  fmt::print(to, "{} rows read, {} refused, {} passed over\n", grouped(table.rows_read),
             grouped(table.rows_refused()), grouped(table.rows_passed_over));
  if (bound == nullptr) return;
  for (std::size_t i = 0; i < rules->contests.size(); ++i) {
    const Contest& contest = rules->contests[i];
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < contest.options.size(); ++k) {
      sum += bound->sums[i][k];
      fmt::print(to, "{:>15}  {}/{}  {}\n", grouped(bound->sums[i][k]), contest.id,
                 contest.options[k].id, contest.options[k].name);
    }
    fmt::print(to, "{:>15}  {}\n", grouped(sum), contest.id);
  }
  fmt::print(to, "{} {}{}\n", grouped(written), kind,
             bound->held.empty() ? ""
                                 : fmt::format(", {} {}", grouped(bound->held.size()),
                                               options.partial ? "taken in part" : "held"));
}

// An error of the whole file says which one it is.
Error named(Error error, const std::string& file) {
  if (!error.detail.contains(file)) error.detail = file + ": " + error.detail;
  return error;
}

// The rows of the file, and when their figures were true. A time line is for `teller feed`; only rules
// can be made of all of it.
Result<TimedResults> read_one(const ImportOptions& options, Mapping& mapping) {
  if (!options.rules.empty()) {
    auto table = read_results(options.csv, mapping);
    if (!table) return std::unexpected(table.error());
    return TimedResults{.figures_at_us = {}, .table = std::move(*table)};
  }
  const std::string name = fs::path(options.csv).filename().string();
  if (!options.deliver.at.empty()) mapping.figures_at.reset();
  auto all = read_timed_results(options.csv, name, mapping);
  if (!all) return std::unexpected(all.error());
  if (all->size() == 1) return std::move(all->front());
  return fail(
      Remedy::reject, "feed.no_time",
      fmt::format("its rows have {} times, and a delivery has one: `teller feed {}` takes them one "
                  "after the other",
                  all->size(), name));
}

// Sheets of the rows, compared with what stands and counted.
int deliver(const ImportOptions& options, ResultsTable& table,
            std::optional<std::int64_t> figures_at_us, const std::string& mapping) {
  auto delivery = delivery_of(options.deliver, fs::path(mapping).stem().string(), options.csv);
  if (!delivery) return report(delivery.error());
  if (!delivery->figures_at_us) delivery->figures_at_us = figures_at_us;
  const auto target = open_delivery_target(options.deliver, options.home);
  if (!target) return report(target.error());
  const Definition definition = (*target)->definition();
  const BoundResults bound = bind(table, *definition.rules, options.incomplete());
  auto sheets = sheets_of(bound, definition);
  if (!sheets) return report(sheets.error());
  const std::uint64_t made = sheets->size();
  delivery->sheets = std::move(*sheets);
  const auto answer = (*target)->deliver(*delivery);
  if (!answer) return report(answer.error());
  const auto told = tell_delivery(*answer);
  if (!told) return report(told.error());
  if (const auto finished = (*target)->finish(); !finished) return report(finished.error());

  summarise(table, definition.rules, &bound, "sheets", made, options, stderr);
  std::fputs(options.json ? answer->c_str() : told->text.c_str(), stdout);
  return told->all_stand && table.rows_refused() == 0 ? done : found;
}

// Of a mapping of kind "ballots". What is for result sheets alone is refused, never ignored.
int run_ballots(const ImportOptions& options, const std::string& mapping) {
  const DeliverOptions& deliver = options.deliver;
  const Portion all;
  if (!options.rules.empty() || options.ballots || options.partial || options.format != "packed" ||
      options.portion.skip != all.skip || options.portion.take != all.take || !deliver.at.empty() ||
      deliver.correct || deliver.withdraw || !deliver.reason.empty()) {
    say("this mapping is of ballots: --write-rules, --synthesise-ballots, --partial, --format, "
        "--skip, --take, --at, --correct, --withdraw and --reason are for results");
    return usage;
  }
  return import_ballots({.file = options.csv,
                         .mapping_name = options.mapping,
                         .mapping = mapping,
                         .source = deliver.source,
                         .key = options.import_key,
                         .new_key = options.new_key,
                         .out = options.out,
                         .check = options.check,
                         .to = {.home = options.home, .to = deliver.to, .json = options.json}});
}

int run_import(const ImportOptions& options) {
  const auto mapping_text = read_text(options.mapping, TomlLimits::bytes_max);
  if (!mapping_text) return report(mapping_text.error());
  if (BallotMapping::is_one(*mapping_text)) return run_ballots(options, *mapping_text);
  auto mapping = Mapping::parse(*mapping_text, options.mapping);
  if (!mapping) return report(mapping.error());
  auto results = read_one(options, *mapping);
  if (!results) return report(named(results.error(), options.csv));
  ResultsTable* const table = &results->table;
  for (const auto& good : {check_mapping(*table, *mapping), check_sums(*table, *mapping)}) {
    if (good) continue;
    if (table->rows_refused() > 0) say_faults(*table, stderr);
    return report(good.error());
  }

  if (!options.rules.empty()) {
    if (const auto good = check_names(*table, *mapping); !good) return report(good.error());
    const auto from = options.ballots ? CountedFrom::ballots : CountedFrom::sheets;
    const std::string text = starter_rules(*table, *mapping, from);
    // Made to be used: what the rules' own reader would refuse is said now.
    const auto rules = Rules::parse(text, options.rules);
    if (const auto written = write_file(options.rules, text); !written) {
      return report(written.error());
    }
    summarise(*table, nullptr, nullptr, "", 0, options, options.json ? stdout : stderr);
    if (!rules) return report(rules.error());
    return table->rows_refused() == 0 ? done : found;
  }

  if (options.out.empty() && !options.check)
    return deliver(options, *table, results->figures_at_us, mapping->name);

  const auto home = Home::open(options.home);
  if (!home) return report(home.error());
  const CountFile& count = (*home)->count;
  const Rules& rules = (*home)->rules;
  if (options.ballots && count.mode == Mode::live) {
    return report({Remedy::reject, "import.synthesise_live",
                   "a live count takes no synthesised ballots; use a count of mode demo or test"});
  }
  const BoundResults bound = bind(*table, rules, options.incomplete());
  std::uint64_t written = 0;
  if (!options.out.empty()) {
    const auto secret = import_secret(options.home, options.new_key);
    if (!secret) return report(secret.error());
    auto output = EntryOutput::open(
        options.out,
        options.format == "packed" ? EntryOutput::Format::packed : EntryOutput::Format::ndjson,
        rules, count.id);
    if (!output) return report(output.error());
    const EntrySink sink = [&](ByteView entry) {
      ++written;
      return output->add(entry);
    };
    const auto total = options.ballots
                           ? write_ballots(bound, rules, count.id, *secret, options.portion, sink)
                           : write_sheets(bound, rules, count.id, *secret, options.portion, sink);
    if (!total) return report(total.error());
    if (const auto closed = output->close(); !closed) return report(closed.error());
  }
  const bool to_stdout = options.json && options.out != "-";
  summarise(*table, &rules, &bound, options.ballots ? "ballots" : "sheets", written, options,
            to_stdout ? stdout : stderr);
  return table->rows_refused() == 0 ? done : found;
}

}  // namespace

void add_import(CLI::App& app) {
  CLI::App* const command = add_command(
      app, "import", "Deliver published results (CSV) as result sheets, or make entries of them",
      "  teller import results.csv --mapping mapping.toml --write-rules rules.json\n"
      "  teller import at-20h.csv --mapping mapping.toml --home count\n"
      "  teller import at-21h.csv --mapping mapping.toml --to http://127.0.0.1:18400 \\\n"
      "    --token-file count/token\n"
      "  teller import rill.csv --mapping mapping.toml --home count --withdraw \\\n"
      "    --reason \"keyed to the wrong precinct\"\n"
      "Each sheet is compared with what stands: the same figures are nothing new, other figures "
      "are\n"
      "the next version, older ones are left out; it is told what became of each. With --out "
      "entries\n"
      "are written instead, for `teller load`: all of version 1, and not compared with anything.\n"
      "  teller import results.csv.gz --mapping mapping.toml --home count --out sheets.tbat\n"
      "  teller import results.csv --mapping mapping.toml --home count --synthesise-ballots \\\n"
      "    --out - | teller load - --to http://127.0.0.1:18400 \\\n"
      "    --token-file count/token --batch synthetic\n"
      "A wrong row is named with its line, and its sheet is held; the exit code is 1 then.");
  const auto options = std::make_shared<ImportOptions>();
  command->add_option("csv", options->csv, "The results: plain, gzip, zstd, a zip; - is stdin")
      ->required();
  command->add_option("--mapping", options->mapping, "What its columns mean (TOML)")->required();
  auto* const home = command->add_option("--home", options->home, "The count's folder");
  command->add_option("--out", options->out, "Write entries here and deliver nothing; - is stdout")
      ->needs(home);
  command->add_option("--format", options->format, "Of the output")
      ->check(CLI::IsMember({"packed", "ndjson"}))
      ->capture_default_str();
  command->add_flag("--synthesise-ballots", options->ballots,
                    "One ballot of every vote (vote-for-one contests; never in a live count)");
  command->add_flag("--new-import-key", options->new_key,
                    "Where import.key is lost: make another one, with which what was imported "
                    "before would be counted again");
  command->add_option("--skip", options->portion.skip, "Leave out so many entries at the front");
  command->add_option("--take", options->portion.take, "Write so many entries at most");
  command
      ->add_option("--write-rules", options->rules,
                   "Instead: write a rules.json that fits the results, to be looked through")
      ->excludes(home);
  add_deliver_options(command, options->deliver);
  command
      ->add_option("--import-key", options->import_key,
                   "With --to, of ballots: the secret of their ids, the count's import.key; made "
                   "where there is none")
      ->type_name("FILE");
  command->add_flag("--check", options->check, "Only read, check and sum up");
  command->add_flag("--partial", options->partial,
                    "Take sheets of which a row was refused; what is missing is unknown");
  command->add_flag("--json", options->json, "Report as JSON");
  on_run(command, [options] {
    const bool to = !options->deliver.to.url.empty();
    if (int{to} + int{!options->rules.empty()} + int{!options->home.empty()} != 1) {
      say("give one of --home, --to and --write-rules");
      return usage;
    }
    if (options->ballots && options->out.empty() && !options->check && options->rules.empty()) {
      say("ballots are not delivered: --out - | teller load -");
      return usage;
    }
    return run_import(*options);
  });
}

}  // namespace teller::cli
