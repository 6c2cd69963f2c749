// teller import: published results into result sheets or synthesised ballots, and typed ballots into entries.
#include "results/import.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/delivery_target.h"
#include "cli/delivery_words.h"
#include "cli/import_ballots.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/row_words.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "deliver/delivery_sheets.h"
#include "intake/entry_output.h"
#include "results/ballot_mapping.h"
#include "results/held_sheets.h"
#include "results/option_names.h"
#include "results/result_sums.h"
#include "results/timed_results.h"
#include "settings/toml_limits.h"
#include "setup/starter_rules.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

namespace fs = std::filesystem;

struct ImportOptions {
  std::vector<std::string> files, mappings;
  std::string home, out, rules, unit, import_key;
  bool future = false;
  bool ballots = false, json = false, check = false, partial = false, new_key = false;
  [[nodiscard]] Incomplete incomplete() const {
    return partial ? Incomplete::take_in_part : Incomplete::hold;
  }
  DeliverOptions deliver;
  std::string format = "packed";
  Portion portion;
};

// A sum is null where nothing of it is known. Of what is withheld or unknown in some reports, or in all, "incomplete"
// says in how many.
void put_sums(nlohmann::ordered_json& all, const ResultSums& results) {
  auto& sums = all["sums"] = nlohmann::ordered_json::object();
  nlohmann::ordered_json write_ins, incomplete;
  const auto put = [&](nlohmann::ordered_json& into, const std::string& contest,
                       const std::string& name, const TotalFigure& figure) {
    if (const auto value = figure.value()) {
      into[name] = *value;
    } else {
      into[name] = nullptr;
    }
    if (figure.state() == FigureState::number) return;
    incomplete[contest][name] = {{"how", to_text(figure.state())},
                                 {"withheld_in", figure.withheld_in},
                                 {"unknown_in", figure.unknown_in},
                                 {"of", figure.of}};
  };
  for (const ResultSums::Contest& contest : results.contests) {
    for (const ResultSums::Option& option : contest.options) {
      put(sums[contest.id], contest.id, option.id, option.votes);
    }
    if (contest.write_ins) {
      nlohmann::ordered_json own;
      put(own, contest.id, "write_ins", *contest.write_ins);
      write_ins[contest.id] = own["write_ins"];
    }
  }
  if (!write_ins.is_null()) all["write_ins"] = write_ins;
  if (!incomplete.is_null()) all["incomplete"] = incomplete;
}

nlohmann::ordered_json summary_json(const ResultsTable& table, const Rules* rules,
                                    const BoundResults* bound, std::string_view kind,
                                    std::uint64_t written) {
  auto all = rows_json(table);
  if (bound == nullptr) return all;
  all["held"] = held_json(*bound, *rules, table);
  all["lacking"] = lacking_json(table);
  all[kind] = written;
  put_sums(all, result_sums(*bound, *rules));
  return all;
}

// Of very many contests the sums would only push what was refused off the screen.
constexpr std::size_t contests_shown_max = 40;

void say_sums(const ResultSums& sums, std::FILE* to) {
  const bool each = sums.contests.size() <= contests_shown_max;
  const auto said = [&](const TotalFigure& figure) { return in_words(figure, sums.cell_word); };
  std::vector<std::vector<std::string>> rows;
  for (const ResultSums::Contest& contest : sums.contests) {
    if (!each) break;
    for (const ResultSums::Option& option : contest.options) {
      rows.push_back({said(option.votes), contest.id + "/" + option.id, option.name});
    }
    rows.push_back({said(contest.votes), contest.id});
    if (contest.write_ins) {
      rows.push_back({said(*contest.write_ins),
                      contest.id + ": write-ins, which are in none of the sums above"});
    }
  }
  if (!each) {
    rows.push_back({said(sums.votes), fmt::format("{} contests; --json lists the sums of each",
                                                  grouped(sums.contests.size()))});
  }
  if (!rows.empty()) fmt::print(to, "{}", table({"Votes>", "Of", "Name"}, rows));
}

// What was read, refused and written, for a person or a program.
void summarise(const ResultsTable& table, const Rules* rules, const BoundResults* bound,
               std::string_view kind, std::uint64_t written, const ImportOptions& options,
               std::FILE* to) {
  if (options.json) {
    print_as_json(summary_json(table, rules, bound, kind, written), -1, to);
    return;
  }
  for (const std::string& note : table.notes) fmt::print(to, "note: {}\n", printable_line(note));
  say_faults(table, to);
  if (bound != nullptr) say_held(*bound, *rules, options.partial, to);
  fmt::print(to, "{} rows read, {} refused, {} passed over\n", grouped(table.rows_read),
             grouped(table.rows_refused()), grouped(table.rows_passed_over));
  if (bound == nullptr) return;
  say_sums(result_sums(*bound, *rules), to);
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

// No row was refused, and nothing left out that may be results.
bool is_all_read(const ResultsTable& table) {
  return table.rows_refused() == 0 && !table.results_left_out;
}

// Without a count: what the file's own words add up to.
int check_alone(const ImportOptions& options, ResultsTable& table) {
  note_idle(table);
  std::size_t held = 0, sheets = 0;
  for (const TableSheet& sheet : sheets_of(table, std::vector<bool>(table.contests.size()))) {
    ++sheets;
    held += sheet.held ? 1 : 0;
  }
  const ResultSums sums = result_sums(table);
  const int code = is_all_read(table) ? done : found;
  if (options.json && options.unit.empty()) {
    auto all = summary_json(table, nullptr, nullptr, "", 0);
    all["sheets"] = sheets;
    all["sheets_held"] = held;
    put_sums(all, sums);
    if (!options.partial) all["lacking"] = lacking_json(table);
    print_as_json(all, -1);
    return code;
  }
  summarise(table, nullptr, nullptr, "", 0, options, stderr);
  say_sums(sums, stderr);
  if (!options.partial) say_lacking(table, stderr);
  fmt::print(stderr, "{} sheets{}\n", grouped(sheets),
             held > 0 ? fmt::format(", {} held", grouped(held)) : "");
  return code;
}

// When the newest of the files was changed last. Nothing where none says it: standard input.
std::optional<std::int64_t> changed_at_us(const std::vector<std::string>& files) {
  std::optional<std::int64_t> newest;
  for (const std::string& file : files) {
    std::error_code gone;
    // A member of a zip is named behind it.
    const std::string path = fs::exists(file, gone) ? file : file.substr(0, file.rfind(':'));
    const auto time = fs::last_write_time(path, gone);
    if (gone) continue;
    const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
    newest = std::max<std::int64_t>(
        newest.value_or(0), std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }
  return newest;
}

constexpr std::string_view most_fell_words =
    "most figures that changed became smaller, and nobody said of which time they are: is this an "
    "older file? Then deliver the newer one once more with --at and its time; where these are "
    "right, "
    "say so the next time with --at, or with --correct and --reason";

// Sheets of the rows, compared with what stands and counted.
int deliver(const ImportOptions& options, TimedResults& results, const std::string& mapping) {
  auto delivery =
      delivery_of(options.deliver, fs::path(mapping).stem().string(), options.files.back());
  if (!delivery) return report(delivery.error());
  if (!delivery->figures_at_us) delivery->figures_at_us = results.figures_at_us;
  const std::int64_t now_us = SystemClock().now_us();
  if (delivery->figures_at_us && *delivery->figures_at_us > now_us + future_us_max &&
      !options.future) {
    return report(
        {Remedy::reject, "delivery.invalid",
         fmt::format(
             "its figures are of {}, which is to come, and all that comes until then would be "
             "stale: correct the time, or say --force",
             format_utc(*delivery->figures_at_us))});
  }
  const bool is_dated = delivery->figures_at_us.has_value();
  if (delivery->act == Sheet::Act::update) {
    delivery->came_at_us = changed_at_us(options.files);
    if (delivery->came_at_us) *delivery->came_at_us = std::min(*delivery->came_at_us, now_us);
  }
  const auto target = open_delivery_target(options.deliver, options.home);
  if (!target) return report(target.error());
  const Definition definition = (*target)->definition();
  const BoundResults bound = bind(results.table, *definition.rules, options.incomplete());
  auto sheets = sheets_of(bound, definition);
  if (!sheets) return report(sheets.error());
  const std::uint64_t made = sheets->size();
  delivery->unknown = unknown_of(bound, *sheets);
  delivery->in_part = options.partial;
  delivery->elsewhere = results.table.elsewhere_allowed;
  delivery->sheets = std::move(*sheets);
  delivery->noted = noted_of(bound, results.table);
  delivery->held = held_of(bound, results.table, delivery->sheets);
  const auto answer = (*target)->deliver(*delivery);
  if (!answer) return report(answer.error());
  const auto told = tell_delivery(*answer);
  if (!told) return report(told.error());
  if (const auto finished = (*target)->finish(); !finished) return report(finished.error());

  summarise(results.table, definition.rules, &bound, "sheets", made, options, stderr);
  std::fputs(options.json ? answer->c_str() : told->text.c_str(), stdout);
  const bool may_be_older = told->most_fell && !is_dated;
  if (may_be_older) say(most_fell_words);
  return told->all_stand && !may_be_older && is_all_read(results.table) ? done : found;
}

// Of a mapping of kind "ballots". What is for result sheets alone is refused, never ignored.
int run_ballots(const ImportOptions& options, const std::string& mapping) {
  const DeliverOptions& deliver = options.deliver;
  if (options.files.size() > 1 || options.mappings.size() > 1 || !options.unit.empty()) {
    say("this mapping is of ballots: they come from one file at a time, and --unit is for results");
    return usage;
  }
  if (options.home.empty() && deliver.to.url.empty()) {
    say("this mapping is of ballots: give --home or --to, whose rules they are checked with");
    return usage;
  }
  const Portion all;
  if (!options.rules.empty() || options.ballots || options.partial || options.format != "packed" ||
      options.portion.skip != all.skip || options.portion.take != all.take || !deliver.at.empty() ||
      deliver.correct || deliver.withdraw || !deliver.reason.empty()) {
    say("this mapping is of ballots: --write-rules, --synthesise-ballots, --partial, --format, "
        "--skip, --take, --at, --correct, --withdraw and --reason are for results");
    return usage;
  }
  return import_ballots({.file = options.files.front(),
                         .mapping_name = options.mappings.front(),
                         .mapping = mapping,
                         .source = deliver.source,
                         .key = options.import_key,
                         .new_key = options.new_key,
                         .out = options.out,
                         .check = options.check,
                         .to = {.home = options.home, .to = deliver.to, .json = options.json}});
}

// Which cells a unit's sheets are made of.
Result<void> show_cells(const CellTrace& trace, const ResultsTable& table, bool json) {
  if (trace.figures.empty()) {
    return fail(Remedy::reject, "import.unit_unknown",
                fmt::format("no row is of a unit with the id or the name \"{}\"", trace.unit));
  }
  std::vector<std::vector<std::string>> rows;
  for (const CellTrace::Figure& cell : trace.figures) {
    if (json) {
      print_as_json(nlohmann::ordered_json{{"place", table.in_words(cell.line)},
                                           {"column", cell.column},
                                           {"text", cell.text},
                                           {"unit", cell.unit},
                                           {"contest", cell.contest},
                                           {"method", cell.method},
                                           {"figure", cell.figure},
                                           {"became", cell.became}},
                    -1);
      continue;
    }
    rows.push_back({table.in_words(cell.line), cell.column, fmt::format("\"{}\"", cell.text),
                    cell.became, cell.contest, cell.method, cell.figure});
  }
  if (!json) {
    std::fputs(
        cli::table({"Place", "Column", "Stood there", "Became>", "Contest", "Method", "Figure"},
                   rows)
            .c_str(),
        stdout);
  }
  return {};
}

// The rows of files, and when their figures were true. A time line is for `teller feed`; only rules
// can be made of all of it.
Result<TimedResults> read_timed(const ImportOptions& options, std::span<const std::string> files,
                                Mapping& mapping, CellTrace* trace) {
  if (!options.rules.empty()) {
    auto table = read_results(files, mapping, trace);
    if (!table) return std::unexpected(table.error());
    return TimedResults{.figures_at_us = {}, .table = std::move(*table)};
  }
  if (!options.deliver.at.empty()) mapping.figures_at.reset();
  std::vector<NamedFile> named;
  for (const std::string& file : files) named.push_back({file, fs::path(file).filename().string()});
  auto all = read_timed_results(named, mapping, trace);
  if (!all) return std::unexpected(all.error());
  if (all->size() == 1) return std::move(all->front());
  return fail(
      Remedy::reject, "feed.no_time",
      fmt::format("its rows have {} times, and a delivery has one: `teller feed {}` takes them one "
                  "after the other",
                  all->size(), named.front().name));
}

// What is corrected or withdrawn is a part of the night's file, and most keys of its mapping fit no row
// of it: that is said, and is no error.
void note_unused(const DeliverOptions& deliver, Mapping& mapping, ResultsTable& table) {
  if (!(deliver.correct || deliver.withdraw) || mapping.unused_allowed || table.unused_keys.empty())
    return;
  table.notes.push_back(unused_in_words(table, mapping) +
                        "; a correction or withdrawal may be a part of it");
  mapping.unused_allowed = true;
}

// Files through one mapping, checked for what can be seen of them alone.
Result<TimedResults> read_files(const ImportOptions& options, std::span<const std::string> files,
                                const std::string& name, std::optional<Mapping>& mapping,
                                CellTrace* trace) {
  const auto text = read_text(name, TomlLimits::bytes_max);
  if (!text) return std::unexpected(text.error());
  auto parsed = Mapping::parse(*text, name);
  if (!parsed) return std::unexpected(parsed.error());
  mapping = std::move(*parsed);
  auto results = read_timed(options, files, *mapping, trace);
  if (!results) return std::unexpected(named(results.error(), files.front()));
  note_unused(options.deliver, *mapping, results->table);
  if (const auto good = check_mapping(results->table, *mapping); !good) {
    if (results->table.rows_refused() > 0) say_faults(results->table, stderr);
    return std::unexpected(good.error());
  }
  return results;
}

// A second file of a delivery, with a time of its own or none.
Result<void> join_timed(TimedResults& results, const TimedResults& more) {
  auto& at = results.figures_at_us;
  if (at && more.figures_at_us && *at != *more.figures_at_us) {
    return fail(Remedy::reject, "feed.no_time",
                fmt::format("{} and {} are of two times, and a delivery has one: deliver them one "
                            "after the other, or say it with --at",
                            results.table.files.front(), more.table.files.front()));
  }
  if (!at) at = more.figures_at_us;
  return join(results.table, more.table);
}

// All files: through the one mapping, or each through its own.
Result<TimedResults> read_all(const ImportOptions& options, std::optional<Mapping>& mapping,
                              CellTrace* trace) {
  const std::span<const std::string> files = options.files;
  if (options.mappings.size() == 1)
    return read_files(options, files, options.mappings.front(), mapping, trace);
  auto results = read_files(options, files.first(1), options.mappings.front(), mapping, trace);
  for (std::size_t i = 1; results && i < files.size(); ++i) {
    const std::size_t seen = trace == nullptr ? 0 : trace->figures.size();
    std::optional<Mapping> own;
    const auto more = read_files(options, files.subspan(i, 1), options.mappings[i], own, trace);
    if (!more) return std::unexpected(more.error());
    for (std::size_t k = seen; trace != nullptr && k < trace->figures.size(); ++k)
      trace->figures[k].line += ResultsTable::line_of(results->table.files.size(), 0);
    mapping->no_sums.insert(own->no_sums.begin(), own->no_sums.end());
    if (const auto joined = join_timed(*results, *more); !joined)
      return std::unexpected(joined.error());
  }
  return results;
}

int run_import(const ImportOptions& options) {
  const auto first = read_text(options.mappings.front(), TomlLimits::bytes_max);
  if (!first) return report(first.error());
  if (BallotMapping::is_one(*first)) return run_ballots(options, *first);
  std::optional<Mapping> mapping;
  CellTrace trace{.unit = options.unit, .figures = {}};
  auto results = read_all(options, mapping, options.unit.empty() ? nullptr : &trace);
  if (!results) return report(results.error());
  ResultsTable* const table = &results->table;
  if (!options.unit.empty()) {
    if (const auto shown = show_cells(trace, *table, options.json); !shown)
      return report(shown.error());
  }
  if (const auto good = check_sums(*table, *mapping); !good) {
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
    for (const std::string& note : starter_notes(*table, *mapping))
      say("note: " + printable_line(note));
    summarise(*table, nullptr, nullptr, "", 0, options, options.json ? stdout : stderr);
    if (!rules) return report(rules.error());
    return table->rows_refused() == 0 ? done : found;
  }

  if (options.check && options.home.empty()) {
    // Rules that are there have said which options there are.
    if (const auto good = check_option_names(*table, *mapping); !good) return report(good.error());
    return check_alone(options, *table);
  }
  if (options.out.empty() && !options.check) return deliver(options, *results, mapping->name);

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
    if (!options.ballots) {
      say("note: what is written is version 1 of each sheet, and was compared with nothing that "
          "stands: sheets that were counted before with other figures become conflicts; without "
          "--out they are compared and get the next version");
    }
  }
  if (options.check) note_idle(*table);
  if (!options.json && !options.partial) say_lacking(*table, stderr);
  const bool to_stdout = options.json && options.out != "-";
  summarise(*table, &rules, &bound, options.ballots ? "ballots" : "sheets", written, options,
            to_stdout ? stdout : stderr);
  return table->rows_refused() == 0 ? done : found;
}

// What does not go together; empty: all does.
std::string_view wrong_usage_of(const ImportOptions& options) {
  const bool to = !options.deliver.to.url.empty();
  const int targets = int{to} + int{!options.rules.empty()} + int{!options.home.empty()};
  if (targets > 1 || (targets == 0 && !options.check)) {
    return "give one of --home, --to and --write-rules, or --check";
  }
  if (options.mappings.size() > 1 && options.mappings.size() != options.files.size()) {
    return "give one --mapping for all files, or one for each of them";
  }
  if (!options.unit.empty() && !options.check)
    return "--unit shows the cells of a unit with --check";
  if (options.ballots && options.out.empty() && !options.check && options.rules.empty()) {
    return "ballots are not delivered: --out - | teller load -";
  }
  return {};
}

}  // namespace

void add_import(CLI::App& app) {
  CLI::App* const command = add_command(
      app, "import",
      "Deliver published results (CSV, XLSX, ODS, JSON) as result sheets, or send typed ballots",
      "  teller import results.csv --mapping mapping.toml --write-rules rules.json\n"
      "  teller import at-20h.csv --mapping mapping.toml --home count\n"
      "  teller import at-21h.csv --mapping mapping.toml --to http://127.0.0.1:18400 \\\n"
      "    --token-file count/token\n"
      "  teller import rill.csv writeins.csv --mapping mapping.toml --mapping writeins.toml \\\n"
      "    --home count\n"
      "  teller import rill.csv --mapping mapping.toml --check --unit \"Old mill\"\n"
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
  command
      ->add_option(
          "files", options->files,
          "The results: CSV, plain or packed, a zip of them, XLSX, ODS, JSON; several are one "
          "delivery; - is stdin")
      ->required();
  command
      ->add_option("--mapping", options->mappings,
                   "What their columns mean (TOML); once, or once for each file in their order")
      ->required()
      ->allow_extra_args(false);
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
  command->add_flag("--check", options->check, "Only read, check and sum up; needs no --home");
  command->add_option("--unit", options->unit,
                      "With --check: show the cells that this unit's sheets are made of");
  command->add_flag("--force", options->future,
                    "Take figures whose time is more than ten minutes from now");
  command->add_flag(
      "--partial", options->partial,
      "Take sheets of which a row was refused or is missing; those figures are unknown");
  command->add_flag("--json", options->json, "Report as JSON");
  on_run(command, [options] {
    if (const auto wrong = wrong_usage_of(*options); !wrong.empty()) {
      say(wrong);
      return usage;
    }
    return run_import(*options);
  });
}

}  // namespace teller::cli
