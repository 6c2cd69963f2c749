// teller voters: the voters' roll, who came, and the turnout. Nothing here says or keeps an id.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/csv_text.h"
#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "cli/voters_place.h"
#include "home/home.h"
#include "home/home_store.h"
#include "operate/audit.h"
#include "settings/config.h"
#include "voters/voters_roll.h"

namespace teller::cli {
namespace {

struct VotersOptions {
  Where where;
  std::string file, method, unit, id, format = "table";
  std::vector<std::string> ids;
  Person person;
  bool json = false;
};

// A count and what it has of voters. Of the store nothing is opened: a desk has no account there.
struct OpenedVoters {
  std::unique_ptr<Home> home;
  std::unique_ptr<VotersRoll> voters;
};

// The home of a count, and where its roll is.
struct FoundVoters {
  std::unique_ptr<Home> home;
  VotersPlace place;
};
Result<FoundVoters> find_voters(const Where& where) {
  std::optional<Config> config;
  if (!where.config.empty()) {
    auto read = load_config(where.config);
    if (!read) return std::unexpected(read.error());
    config = std::move(*read);
  }
  auto home = config ? Home::open(*config) : Home::open(where.home);
  if (!home) return std::unexpected(home.error());
  if (!config) {
    if (auto own = check_private(**home); !own) return std::unexpected(own.error());
  }
  auto place = voters_place(**home, config);
  if (!place) return std::unexpected(place.error());
  return FoundVoters{std::move(*home), std::move(*place)};
}

Result<OpenedVoters> open_voters(FoundVoters found, VotersRoll::Use use = VotersRoll::Use::whole) {
  auto voters = VotersRoll::open(found.place, found.home->definition(), use);
  if (!voters) return std::unexpected(voters.error());
  return OpenedVoters{std::move(found.home), std::move(*voters)};
}

Result<OpenedVoters> open_voters(const Where& where) {
  auto found = find_voters(where);
  if (!found) return std::unexpected(found.error());
  return open_voters(std::move(*found));
}

Result<void> note(const Opened& opened, const Person& person, std::string action,
                  std::string subject) {
  const auto line = write_audit(opened.home->count, *opened.store, SystemClock(),
                                {.actor = person.actor,
                                 .action = std::move(action),
                                 .subject = std::move(subject),
                                 .reason = person.reason,
                                 .approver = person.approver});
  if (!line) return std::unexpected(line.error());
  return {};
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

// ---- The roll

void say_roll_faults(const Roll& roll, const VotersRoll::Loaded& loaded) {
  constexpr std::size_t faults_shown_max = 40;
  if (!roll.passed_over.empty()) {
    say("note: nothing is kept of these columns: " +
        printable_line(fmt::format("{}", fmt::join(roll.passed_over, ", "))));
  }
  std::size_t shown = 0;
  for (const Roll::Fault& fault : roll.faults) {
    if (++shown > faults_shown_max) break;
    say(printable_line(fmt::format("line {}: refused: {}", fault.line, fault.what)));
  }
  for (const std::uint32_t line : loaded.came_already) {
    if (++shown > faults_shown_max) break;
    say(fmt::format(
        "line {}: refused: this voter is checked in already, with another unit, style or "
        "group; what stands on the roll stays",
        line));
  }
  const std::size_t all = roll.faults.size() + loaded.came_already.size();
  if (all > faults_shown_max) say(fmt::format("and {} more", all - faults_shown_max));
}

int load_roll(const VotersOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const auto place = voters_place(*opened->home, opened->config);
  if (!place) return report(place.error());
  const auto voters = VotersRoll::open_or_make(*place, opened->home->definition());
  if (!voters) return report(voters.error());
  Progress progress("loading");
  const auto shown = progress.counting("voters");
  const auto roll = read_roll(options.file, opened->home->rules, (*voters)->key(),
                              [&](std::uint64_t rows) { shown(rows, 0); });
  if (!roll) return report(roll.error());
  const auto agree = [&](const VotersRoll::Loaded& loaded) {
    return note(
        *opened, options.person, "voters-load",
        fmt::format("the voters' roll: {} added, {} changed", loaded.added, loaded.changed));
  };
  const auto loaded = (*voters)->load(*roll, agree, shown);
  progress.end();
  if (!loaded) return report(loaded.error());
  say_roll_faults(*roll, *loaded);
  const std::uint64_t refused = roll->faults.size() + loaded->came_already.size();
  std::printf(
      "%s added, %s changed, %s as before, %s refused%s\n", grouped(loaded->added).c_str(),
      grouped(loaded->changed).c_str(), grouped(loaded->same).c_str(), grouped(refused).c_str(),
      loaded->absent == 0
          ? ""
          : fmt::format("; {} on the roll and not in this file: they stay", grouped(loaded->absent))
                .c_str());
  return refused == 0 ? done : found;
}

int show_voter(const OpenedVoters& opened, const std::string& id) {
  const auto voter = opened.voters->find(id);
  if (!voter) return report(voter.error());
  const Rules& rules = opened.home->rules;
  const std::string line = fmt::format(
      "on the roll of {} ({}), ballot style {}; {}", rules.units.at(voter->unit.value).name,
      rules.units.at(voter->unit.value).id, rules.styles.at(voter->style.value).id,
      voter->came ? "checked in, " + rules.methods.at(voter->came->value).name : "not checked in");
  std::printf("%s\n", printable_line(line).c_str());
  return done;
}

int show_roll(const VotersOptions& options) {
  const auto opened = open_voters(options.where);
  if (!opened) return report(opened.error());
  if (!options.id.empty()) return show_voter(*opened, options.id);
  const auto figures = opened->voters->figures(SystemClock());
  if (!figures) return report(figures.error());
  std::vector<std::vector<std::string>> rows;
  const Rules& rules = opened->home->rules;
  for (std::uint32_t unit = 0; unit < rules.units.size(); ++unit) {
    const VoterTally& tally = figures->by_unit.at(unit);
    if (tally.registered == 0) continue;
    rows.push_back({rules.units[unit].name, rules.units[unit].id, grouped(tally.registered),
                    grouped(tally.came)});
  }
  std::printf("%s%s in %s, %s checked in; check-ins are %s\n",
              table({"Place", "Id", "Registered>", "Checked in>"}, rows).c_str(),
              counted(figures->all.registered, "voter", "voters").c_str(),
              counted(rows.size(), "place", "places").c_str(), grouped(figures->all.came).c_str(),
              figures->closed ? "closed" : "open");
  say("teller: for the registrar alone: `teller voters turnout` prints what may be published");
  return done;
}

// ---- Check-ins

// What the desk does next. `place`: the how many-th id of the input.
void say_check_in(std::uint64_t place, const Result<VotersRoll::Voter>& answer, const Rules& rules,
                  bool json) {
  if (!answer) {
    const Error& why = answer.error();
    if (json) {
      print_as_json(nlohmann::ordered_json{{"number", place},
                                           {"checked_in", false},
                                           {"code", why.code.text()},
                                           {"detail", why.detail},
                                           {"do", why.code.advice()}},
                    -1);
    } else {
      const std::string line = fmt::format("{}: NOT checked in: {} ({}). {}", place,
                                           why.code.sentence(), why.detail, why.code.advice());
      std::printf("%s\n", printable_line(line).c_str());
    }
    return;
  }
  const Style& style = rules.styles.at(answer->style.value);
  if (json) {
    print_as_json(nlohmann::ordered_json{{"number", place},
                                         {"checked_in", true},
                                         {"unit", rules.units.at(answer->unit.value).id},
                                         {"method", rules.methods.at(answer->came->value).id},
                                         {"style", style.id},
                                         {"cards", style.cards.size()}},
                  -1);
    return;
  }
  const std::string line =
      fmt::format("{}: checked in; hand out one ballot of style \"{}\" ({})", place, style.id,
                  counted(style.cards.size(), "card", "cards"));
  std::printf("%s\n", printable_line(line).c_str());
}

Result<MethodId> method_meant(const Rules& rules, const std::string& name) {
  std::vector<std::string> ids;
  for (const Method& method : rules.methods) ids.push_back(method.id);
  const std::string which = fmt::format("the rules have: {}", fmt::join(ids, ", "));
  if (name.empty() && rules.methods.size() == 1) return MethodId{0};
  if (name.empty()) return fail(Remedy::reject, "voters.method", "there is none; " + which);
  const auto found = rules.find_method(name);
  if (!found) {
    return fail(Remedy::reject, "voters.method", fmt::format("\"{}\" is none; {}", name, which));
  }
  return *found;
}

// Ids of the command line or of a file, a line each.
struct Desk {
  const VotersOptions& options;
  const OpenedVoters& opened;
  MethodId method;
  std::optional<UnitId> unit;
  std::uint64_t came = 0, refused = 0;

  [[nodiscard]] Result<void> take(const std::vector<std::string>& ids) {
    const auto answers = opened.voters->check_in(ids, method, unit, SystemClock());
    if (!answers) return std::unexpected(answers.error());
    for (const auto& answer : *answers) {
      ++(answer ? came : refused);
      say_check_in(came + refused, answer, opened.home->rules, options.json);
    }
    std::fflush(stdout);
    return {};
  }

  // A person at a desk waits for each answer, a file does not.
  [[nodiscard]] Result<void> take_lines(std::istream& from, std::size_t at_once,
                                        std::uint64_t bytes) {
    Progress progress("checking in");
    std::uint64_t read = 0;
    std::vector<std::string> ids;
    for (std::string line; std::getline(from, line);) {
      read += line.size() + 1;
      if (line.ends_with('\r')) line.pop_back();
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      ids.push_back(line);
      if (ids.size() < at_once) continue;
      if (auto taken = take(ids); !taken) return taken;
      ids.clear();
      if (bytes > 0) {
        progress.show(read, bytes, [&] { return counted(came + refused, "voter", "voters"); });
      }
    }
    progress.end();
    return ids.empty() ? Result<void>() : take(ids);
  }
};

int check_in(const VotersOptions& options) {
  if (options.ids.empty() == options.file.empty()) {
    say("give ids, or --from a file with one id a line (- : what is typed or scanned)");
    return usage;
  }
  const auto opened = open_voters(options.where);
  if (!opened) return report(opened.error());
  const Rules& rules = opened->home->rules;
  const auto method = method_meant(rules, options.method);
  if (!method) return report(method.error());
  std::optional<UnitId> unit;
  if (!options.unit.empty()) {
    unit = rules.find_unit(options.unit);
    if (!unit) {
      return report({Remedy::reject, "entry.unit.unknown", "\"" + options.unit + "\""});
    }
  }
  Desk desk{options, *opened, *method, unit};
  Result<void> taken;
  if (!options.ids.empty()) {
    taken = desk.take(options.ids);
  } else if (options.file == "-") {
    taken = desk.take_lines(std::cin, 1, 0);
  } else {
    std::error_code ignored;
    std::ifstream file(options.file, std::ios::binary);
    if (!file) return report({Remedy::reject, "file.missing", options.file + " cannot be read"});
    constexpr std::size_t at_once = 500;
    taken = desk.take_lines(file, at_once, std::filesystem::file_size(options.file, ignored));
  }
  if (!taken) return report(taken.error());
  return desk.refused == 0 ? done : found;
}

int close_check_ins(const VotersOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const auto place = voters_place(*opened->home, opened->config);
  if (!place) return report(place.error());
  const auto voters =
      VotersRoll::open(*place, opened->home->definition(), VotersRoll::Use::figures);
  if (!voters) return report(voters.error());
  const auto closed = (*voters)->close(
      [&] { return note(*opened, options.person, "voters-close", "check-ins are closed"); });
  if (!closed) return report(closed.error());
  say("teller: check-ins are closed; `teller voters turnout` now prints all that may be published");
  return done;
}

// ---- Turnout

std::string share_of(const ShownFigure& part, const ShownFigure& whole) {
  const auto is_number = [](const ShownFigure& figure) {
    return figure.how == ShownFigure::How::number;
  };
  if (!is_number(part) || !is_number(whole) || whole.number == 0) return "";
  return fmt::format("{:.2f} %",
                     100.0 * static_cast<double>(part.number) / static_cast<double>(whole.number));
}

void print_turnout_csv(const Turnout& said) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::fputs(csv_line(cells).c_str(), stdout);
  };
  // What a spreadsheet would calculate stands behind an apostrophe.
  const auto shown = [](const std::string& text) {
    return text.starts_with('\'') || csv_shown(text) == csv_text(text) ? text : "'" + text;
  };
  const auto plain = [](const ShownFigure& figure) {
    return figure.how == ShownFigure::How::number ? std::to_string(figure.number) : to_text(figure);
  };
  line({"by", "id", "name", "registered", said.closed ? "checked_in" : "checked_in_at_least"});
  line({"all", "", "", plain(said.registered), plain(said.came)});
  for (const Turnout::Table& table : said.tables) {
    for (const Turnout::Row& row : table.rows) {
      line({table.of, shown(row.id), shown(row.name), plain(row.registered), plain(row.came)});
    }
  }
}

void print_turnout_text(const Home& home, const Turnout& said) {
  std::printf("%s · %s\n", printable_line(home.rules.election).c_str(),
              std::string(to_text(home.count.mode)).c_str());
  if (!said.closed) {
    std::printf("Registered %s · at least %s checked in, up to the last quarter of an hour\n",
                to_text(said.registered).c_str(),
                said.came.how == ShownFigure::How::number ? to_text(said.came).c_str() : "0");
    say("teller: check-ins are open: shares, places and groups are printed after `teller voters "
        "close`");
    return;
  }
  const std::string share = share_of(said.came, said.registered);
  std::printf("Registered %s · checked in %s%s%s\n", to_text(said.registered).c_str(),
              to_text(said.came).c_str(), share.empty() ? "" : " · ", share.c_str());
  bool hidden = false;
  for (const Turnout::Table& table : said.tables) {
    const bool sized = table.of != "method";
    std::string name = table.of;
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
    std::vector<std::vector<std::string>> rows;
    for (const Turnout::Row& row : table.rows) {
      hidden = hidden || row.came.how == ShownFigure::How::hidden;
      if (sized) {
        rows.push_back({row.name, to_text(row.registered), to_text(row.came),
                        share_of(row.came, row.registered)});
      } else {
        rows.push_back({row.name, to_text(row.came), share_of(row.came, said.came)});
      }
    }
    std::printf("\n%s", (sized ? cli::table({name, "Registered>", "Checked in>", "Share>"}, rows)
                               : cli::table({name, "Checked in>", "Share>"}, rows))
                            .c_str());
  }
  if (hidden) {
    std::printf(
        "\n<10*: fewer than 10 came or did not come, or it is withheld so that no such "
        "figure can be worked out\n");
  }
}

int show_turnout(const VotersOptions& options) {
  auto found = find_voters(options.where);
  if (!found) return report(found.error());
  const auto rest = found->place.home / VotersRoll::turnout_name;
  const auto opened = open_voters(std::move(*found), VotersRoll::Use::figures);
  if (!opened) {
    if (opened.error().code != Code("voters.retired") || options.format != "json") {
      return report(opened.error());
    }
    const auto text = read_file(rest, own_file_bytes_max);
    if (!text) return report(text.error());
    std::fputs(text->c_str(), stdout);
    return done;
  }
  const auto figures = opened->voters->figures(SystemClock());
  if (!figures) return report(figures.error());
  const Turnout said = turnout(*figures, opened->home->rules);
  if (options.format == "json") {
    std::fputs(to_json(said, opened->home->definition()).c_str(), stdout);
  } else if (options.format == "csv") {
    print_turnout_csv(said);
  } else {
    print_turnout_text(*opened->home, said);
  }
  return done;
}

CLI::App* add_of_voters(CLI::App* voters, VotersOptions& options, const std::string& name,
                        const std::string& summary) {
  CLI::App* command = voters->add_subcommand(name, summary);
  options.where.tells_votes = false;
  add_where(command, options.where);
  return command;
}

void add_check_in(CLI::App* voters, const std::shared_ptr<VotersOptions>& options) {
  CLI::App* command =
      add_of_voters(voters, *options, "check-in", "Note that voters came; each of them once");
  command->add_option("ID", options->ids, "Ids of the roll (a shell remembers them: see --from)");
  command
      ->add_option("--from", options->file,
                   "A file with one id a line; -: what is typed or scanned, answered line by line")
      ->type_name("FILE");
  command->add_option("--method", options->method, "How they vote, if the rules have several ways")
      ->type_name("ID");
  command
      ->add_option("--unit", options->unit,
                   "Where the desk stands: who is on the roll of another place is refused")
      ->type_name("ID");
  command->add_flag("--json", options->json, "Answer as JSON, a line each");
  on_run(command, [options] { return check_in(*options); });
}

}  // namespace

void add_voters(CLI::App& app) {
  CLI::App* voters =
      add_command(app, "voters", "Load the voters' roll, check voters in, tell the turnout",
                  "Examples:\n"
                  "  teller voters load roll.csv --home my-count\n"
                  "  teller voters check-in --from - --unit north --home my-count\n"
                  "  teller voters close --home my-count --reason \"The polls are closed\"\n"
                  "  teller voters turnout --config teller.toml\n"
                  "A roll is a table with the columns id, unit, style, age, sex "
                  "(docs/guides/voters.md). Of an\n"
                  "id only a keyed hash is kept, of a check-in neither time nor order.");
  voters->require_subcommand(1);
  const auto loading = std::make_shared<VotersOptions>();
  CLI::App* load = add_of_voters(voters, *loading, "load", "Put a file's voters on the roll");
  load->add_option("FILE", loading->file, "CSV or a spreadsheet")->required();
  add_person(load, loading->person, "loaded a voters' roll");
  on_run(load, [loading] { return load_roll(*loading); });

  const auto showing = std::make_shared<VotersOptions>();
  CLI::App* show =
      add_of_voters(voters, *showing, "show", "Exact figures, for the registrar alone");
  show->add_option("--id", showing->id, "One voter: place, style, and whether checked in")
      ->type_name("ID");
  on_run(show, [showing] { return show_roll(*showing); });

  add_check_in(voters, std::make_shared<VotersOptions>());

  const auto closing = std::make_shared<VotersOptions>();
  CLI::App* close = add_of_voters(voters, *closing, "close", "No more check-ins, for good");
  add_person(close, closing->person);
  on_run(close, [closing] { return close_check_ins(*closing); });

  const auto telling = std::make_shared<VotersOptions>();
  CLI::App* turnout =
      add_of_voters(voters, *telling, "turnout",
                    "Print how many came, by place and group, as far as it may be published");
  turnout->add_option("--format", telling->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  on_run(turnout, [telling] { return show_turnout(*telling); });
}

}  // namespace teller::cli
