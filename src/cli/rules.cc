// teller rules: makes rules of tables, checks them, shows the ballots that they mean, joins them.
#include "election/rules.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/grouped.h"
#include "cli/ballot_page.h"
#include "cli/command.h"
#include "cli/row_words.h"
#include "cli/terminal_text.h"
#include "results/import.h"
#include "results/name_hints.h"
#include "results/name_skeleton.h"
#include "settings/toml_limits.h"
#include "setup/join_rules.h"
#include "setup/rules_tables.h"
#include "setup/starter_rules.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

struct NewOptions {
  std::string file, mapping, out, counted_from = "ballots";
  RulesTables tables;
  RulesHead head;
};

Result<Rules> read_rules(const std::string& path) {
  const auto text = read_text(path, Rules::file_bytes_max);
  if (!text) return std::unexpected(text.error());
  return Rules::parse(*text, path);
}

// To a file, or to stdout where there is none. Nothing is written that the program would refuse.
Result<void> write_rules(const std::string& text, const std::string& out) {
  if (auto good = Rules::parse(text, out.empty() ? "rules.json" : out); !good)
    return std::unexpected(good.error());
  if (out.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  return write_file(out, text);
}

// "1 method", "2 methods".
std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

std::string summary(const Rules& rules) {
  std::size_t leaves = 0, options = 0;
  for (std::uint32_t u = 0; u < rules.units.size(); ++u) leaves += rules.is_leaf(UnitId{u}) ? 1 : 0;
  for (const Contest& contest : rules.contests) options += contest.options.size();
  return fmt::format("{}, {}: {} with {}, {} of which {} report, {}, {}", rules.election,
                     rules.date, counted(rules.contests.size(), "contest"),
                     counted(options, "option"), counted(rules.units.size(), "unit"),
                     grouped(leaves), counted(rules.styles.size(), "ballot style"),
                     counted(rules.methods.size(), "method"));
}

int make_new(const NewOptions& options) {
  const bool of_results = !options.mapping.empty();
  if (of_results) {
    const auto text = read_text(options.mapping, TomlLimits::bytes_max);
    if (!text) return report(text.error());
    auto mapping = Mapping::parse(*text, options.mapping);
    if (!mapping) return report(mapping.error());
    const auto table = read_results(options.file, *mapping);
    if (!table) return report(table.error());
    if (table->rows_refused() > 0) {
      say_faults(*table, stderr);
      say(fmt::format("teller: {} cannot be read, and no rules were made",
                      counted(table->rows_refused(), "row")));
      return found;
    }
    for (const auto& good : {check_mapping(*table, *mapping), check_sums(*table, *mapping),
                             check_names(*table, *mapping)}) {
      if (!good) return report(good.error());
    }
    for (const std::string& note : starter_notes(*table, *mapping))
      say("note: " + printable_line(note));
    const auto written =
        write_rules(starter_rules(*table, *mapping, options.head.counted_from), options.out);
    return written ? done : report(written.error());
  }
  const auto made = rules_of_tables(options.tables, options.head);
  if (!made) return report(made.error());
  for (const std::string& note : made->notes) say("note: " + printable_line(note));
  if (auto written = write_rules(made->text, options.out); !written) return report(written.error());
  if (const auto rules = Rules::parse(made->text, options.out)) say(summary(*rules));
  return done;
}

// What the program takes and is hardly meant.
std::vector<std::string> doubts(const Rules& rules) {
  std::vector<std::string> found;
  std::vector<bool> on_card(rules.contests.size());
  for (const Style& style : rules.styles) {
    for (const Card& card : style.cards) {
      for (const ContestId contest : card.contests) on_card[contest.value] = true;
    }
  }
  for (std::uint32_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    const bool from_ballots = std::find(contest.counted_from.begin(), contest.counted_from.end(),
                                        CountedFrom::ballots) != contest.counted_from.end();
    if (from_ballots && !on_card[i])
      found.push_back("contest " + contest.id +
                      " is counted from ballots and stands on no card of any style");
    if (contest.kind == ContestKind::plurality && contest.votes_allowed >= contest.options.size() &&
        contest.options.size() > 1 && !contest.write_ins)
      found.push_back("contest " + contest.id + " lets a voter mark all of its options");
    std::vector<std::string_view> names;
    for (const Option& option : contest.options) names.push_back(option.name);
    if (const std::string two = alike(names); !two.empty())
      found.push_back("contest " + contest.id + ": two options look the same: " + two);
    for (const LikeNames& two : like_names(names))
      found.push_back("contest " + contest.id + ": two options are called nearly the same: " +
                      two_spellings(names[two.one], names[two.other]));
  }
  std::vector<std::string_view> units;
  for (const Unit& unit : rules.units) units.push_back(unit.id);
  if (const std::string two = alike(units); !two.empty())
    found.push_back("two units look the same: " + two);
  for (const LikeNames& two : like_names(units))
    found.push_back("two units are called nearly the same: " +
                    two_spellings(units[two.one], units[two.other]));
  return found;
}

int check_file(const std::string& path) {
  const auto rules = read_rules(path);
  if (!rules) {
    const bool is_of_content = rules.error().code.text().starts_with("rules.") ||
                               rules.error().code.text().starts_with("contest.");
    const int code = report(rules.error());
    return is_of_content ? found : code;
  }
  std::printf("%s\nsha256 %s\n", printable_line(summary(*rules)).c_str(),
              to_hex(rules->hash()).c_str());
  for (const std::string& doubt : doubts(*rules))
    std::printf("note: %s\n", printable_line(doubt).c_str());
  return done;
}

int show(const std::string& path, const std::string& only) {
  const auto rules = read_rules(path);
  if (!rules) return report(rules.error());
  const auto wanted = rules->find_style(only);
  if (!only.empty() && !wanted) {
    std::string styles;
    for (const Style& style : rules->styles) styles += (styles.empty() ? "" : ", ") + style.id;
    say(fmt::format("the rules have no style {}; they have {}", only, styles));
    return usage;
  }
  if (rules->styles.empty())
    std::puts("These rules have no ballot style: everything is counted from result sheets.");
  bool is_first = true;
  for (std::uint32_t i = 0; i < rules->styles.size(); ++i) {
    if (wanted && wanted->value != i) continue;
    const Style& style = rules->styles[i];
    for (std::size_t card = 0; card < style.cards.size(); ++card) {
      if (!is_first) std::fputs("\n\f", stdout);
      is_first = false;
      std::fputs(ballot_page(*rules, style, card).c_str(), stdout);
    }
  }
  return done;
}

int add(const std::vector<std::string>& paths, const std::string& out) {
  std::vector<RulesFile> files;
  for (const std::string& path : paths) {
    auto rules = read_rules(path);
    if (!rules) return report(rules.error());
    files.push_back({path, std::move(*rules)});
  }
  const auto joined = join_rules(files);
  if (!joined) return report(joined.error());
  if (auto written = write_rules(*joined, out); !written) return report(written.error());
  if (const auto rules = Rules::parse(*joined, out)) say(summary(*rules));
  return done;
}

void add_new(CLI::App& rules) {
  const auto options = std::make_shared<NewOptions>();
  CLI::App* const command = add_command(
      rules, "new", "Make a rules.json of three tables, or of published results",
      "  teller rules new election.xlsx --name \"Council of Little Rill\" --date 2026-05-17 \\\n"
      "    --out rules.json\n"
      "  teller rules new --contests contests.csv --options options.csv --units units.csv \\\n"
      "    --name \"Council of Little Rill\" --date 2026-05-17 --out rules.json\n"
      "  teller rules new results.csv --mapping mapping.toml --counted-from sheets --out "
      "rules.json\n"
      "A workbook has the sheets contests, options and units. docs/reference/rules-tables.md "
      "lists\n"
      "the columns. All that is wrong is told at once, with its file, line and column.");
  command->add_option("FILE", options->file, "A workbook (XLSX, ODS); with --mapping, results");
  command->add_option("--contests", options->tables.contests, "The table of contests")
      ->type_name("FILE");
  command->add_option("--options", options->tables.options, "The table of options")
      ->type_name("FILE");
  command->add_option("--units", options->tables.units, "The table of units")->type_name("FILE");
  command->add_option("--mapping", options->mapping, "What the columns of results mean (TOML)")
      ->type_name("FILE");
  command->add_option("--name", options->head.election, "What the election is called");
  command->add_option("--date", options->head.date, "Of the election, 2026-05-17");
  command->add_option("--time-zone", options->head.time_zone, "As Europe/Zurich; else UTC");
  command->add_option("--method", options->head.methods,
                      "A way of voting, as \"By post\"; once for each; else one, All");
  command->add_option("--counted-from", options->counted_from, "Where the tables do not say it")
      ->check(CLI::IsMember({"ballots", "sheets"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "Where to write it; else to stdout")
      ->type_name("FILE");
  on_run(command, [options] {
    RulesTables& tables = options->tables;
    const auto given =
        int{!tables.contests.empty()} + int{!tables.options.empty()} + int{!tables.units.empty()};
    if (options->file.empty() ? given != 3 || !options->mapping.empty() : given != 0) {
      say("give a workbook, or --contests, --options and --units, or results with --mapping");
      return usage;
    }
    if (options->mapping.empty() &&
        (options->head.election.empty() || options->head.date.empty())) {
      say("say what the election is called and when it is: --name and --date");
      return usage;
    }
    tables.workbook = options->file;
    if (options->counted_from == "sheets") options->head.counted_from = CountedFrom::sheets;
    return make_new(*options);
  });
}

}  // namespace

void add_rules(CLI::App& app) {
  CLI::App* const rules = add_command(
      app, "rules", "Make rules of tables, check them, show their ballots, join them",
      "  teller rules new election.xlsx --name \"Council\" --date 2026-05-17 --out rules.json\n"
      "  teller rules check rules.json\n"
      "  teller rules show rules.json | less\n"
      "  teller rules add council.json school.json --out rules.json");
  rules->require_subcommand(1);
  add_new(*rules);

  const auto path = std::make_shared<std::string>(), style = std::make_shared<std::string>();
  CLI::App* const checked = rules->add_subcommand(
      "check", "Whether the program takes a rules.json, and what may not be meant");
  checked->add_option("FILE", *path, "rules.json, plain or packed")->required();
  on_run(checked, [path] { return check_file(*path); });

  CLI::App* const shown =
      rules->add_subcommand("show", "The ballot that each voter sees, a page each card");
  shown->add_option("FILE", *path, "rules.json, plain or packed")->required();
  shown->add_option("--style", *style, "Only this ballot style")->type_name("ID");
  on_run(shown, [path, style] { return show(*path, *style); });

  const auto files = std::make_shared<std::vector<std::string>>();
  const auto out = std::make_shared<std::string>();
  CLI::App* const added = rules->add_subcommand(
      "add", "Join rules of several files; what contradicts is refused by name");
  added->add_option("FILE", *files, "rules.json, plain or packed")->required()->expected(2, 1'000);
  added->add_option("--out", *out, "Where to write it; else to stdout")->type_name("FILE");
  on_run(added, [files, out] { return add(*files, *out); });
}

}  // namespace teller::cli
