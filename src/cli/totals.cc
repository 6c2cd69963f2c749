// teller totals and teller digest: the committed figures, for people and for programs.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "base/time.h"
#include "checks/complete_units.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "deliver/unit_meant.h"
#include "publish/digest.h"
#include "publish/figure_json.h"
#include "publish/figures.h"
#include "publish/stated.h"
#include "publish/two_levels.h"

namespace teller::cli {
namespace {

using Json = nlohmann::ordered_json;

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Which part of the figures, and its name for a title.
struct Part {
  FigureScope scope;
  std::string name;
};

struct TotalsOptions {
  Where where;
  std::string by = "option", format = "table", contest, unit, method;
  bool outstanding = false;
};

FiguresBy by_of(const std::string& name) {
  for (const FiguresBy by : {FiguresBy::party, FiguresBy::candidate, FiguresBy::unit}) {
    if (name == to_text(by)) return by;
  }
  return FiguresBy::option;
}

std::string percent(const std::optional<Share>& share) {
  if (!share) return "";
  return fmt::format("{:.2f} %{}", 100.0 * share->share,
                     share->of_known ? " of what is known" : "");
}

// "Lai Ching-te / Hsiao Bi-khim" beside an official name in another script.
std::string shown_name(const Home& home, const Contest& contest, const Option& option) {
  const auto look = home.presentation.options.find(contest.id + "/" + option.id);
  if (look == home.presentation.options.end() || look->second.short_name.empty() ||
      look->second.short_name == option.name) {
    return option.name;
  }
  return option.name + " (" + look->second.short_name + ")";
}

// One contest, as its lines are asked for.
struct View {
  const Home& home;
  ContestId id;
  const ContestFigures& figures;
  FiguresBy by;

  [[nodiscard]] const Contest& contest() const { return home.rules.contest(id); }
  [[nodiscard]] const Option& option(const FigureLine& line) const {
    return contest().options.at(line.slots.front());
  }

  // Of the whole contest or of one unit.
  [[nodiscard]] std::vector<FigureLine> lines_of(const ContestFigures& of) const {
    return by == FiguresBy::party       ? of.by_party()
           : by == FiguresBy::candidate ? of.by_candidate()
                                        : of.by_option();
  }

  // Calls each(line, unit); the unit only when by unit.
  template <typename Each>
  void for_each_line(Each each) const {
    if (by != FiguresBy::unit) {
      for (const FigureLine& line : lines_of(figures)) each(line, nullptr);
      return;
    }
    for (const UnitId unit : figures.units_heard()) {
      for (const FigureLine& line : lines_of(figures.in(unit))) {
        each(line, &home.rules.units.at(unit.value));
      }
    }
  }
};

std::vector<std::string> head_of(FiguresBy by) {
  switch (by) {
    case FiguresBy::party:
      return {"Party", "Votes>", "Share>"};
    case FiguresBy::candidate:
      return {"Candidate", "Votes>", "Share>"};
    case FiguresBy::unit:
      return {"Unit", "Option", "Votes>", "Share>"};
    case FiguresBy::option:
      break;
  }
  return {"Option", "Party", "Votes>", "Share>"};
}

std::vector<std::string> table_cells(const View& view, const FigureLine& line, const Unit* unit) {
  std::vector<std::string> cells;
  if (unit != nullptr) {
    cells = {unit->name, shown_name(view.home, view.contest(), view.option(line))};
  } else if (view.by == FiguresBy::option) {
    cells = {shown_name(view.home, view.contest(), view.option(line)),
             party_names(view.home.rules, view.option(line))};
  } else {
    cells = {line.name};
  }
  cells.push_back(in_words(line.votes, unit != nullptr ? "report" : view.figures.cell_word()));
  cells.push_back(percent(line.share));
  return cells;
}

void print_table(const View& view) {
  TableLines lines(head_of(view.by));
  view.for_each_line([&](const FigureLine& line, const Unit* unit) {
    lines.measure(table_cells(view, line, unit));
  });
  print(view.contest().name + "\n" + lines.head());
  view.for_each_line([&](const FigureLine& line, const Unit* unit) {
    print(lines.row(table_cells(view, line, unit)));
  });
  const auto cell = view.figures.cell_word();
  std::string text;
  const bool is_ranked = view.contest().kind == ContestKind::ranked;
  if (is_ranked) text += std::string(first_preferences_only) + "\n";
  const std::string_view no_part = is_ranked ? "undervotes" : "exhausted";  // Of such a contest.
  text += "Votes " + in_words(view.figures.votes(), cell);
  for (const auto& [name, figure] : counters_of(view.figures)) {
    if (figure.sum == 0 && (name == no_part || figure.state() == FigureState::number) &&
        name != "cards")
      continue;
    text += fmt::format(" · {} {}", name, in_words(figure, name == "registered" ? "unit" : cell));
  }
  const auto [units, of] = view.figures.reporting();
  print(text + fmt::format(" · {} of {} units reporting\n", grouped(units), grouped(of)));
}

std::string csv_columns(FiguresBy by) {
  const std::string figure =
      "votes,how,withheld_in,unknown_in,of,share,share_of,first_preferences\n";
  switch (by) {
    case FiguresBy::party:
      return "contest,party,name," + figure;
    case FiguresBy::candidate:
      return "contest,candidate,name," + figure;
    case FiguresBy::unit:
      return "contest,unit,option," + figure;
    case FiguresBy::option:
      break;
  }
  return "contest,option,name,party," + figure;
}

// A line of a CSV: `cells`, and behind them the columns of csv_columns() from votes on.
void print_csv_line(std::vector<std::string> cells, const Contest& contest,
                    const TotalFigure& votes, const std::optional<Share>& share) {
  const auto value = votes.value();
  cells.push_back(value ? std::to_string(*value) : "");
  cells.emplace_back(to_text(votes.state()));
  for (const std::uint32_t n : {votes.withheld_in, votes.unknown_in, votes.of}) {
    cells.push_back(std::to_string(n));
  }
  cells.push_back(share ? fmt::format("{:.6f}", share->share) : "");
  cells.emplace_back(!share ? "" : share->of_known ? "known" : "all");
  cells.emplace_back(contest.kind == ContestKind::ranked ? "true" : "false");
  print(csv_line(cells));
}

// The lines of the whole contest, or of one unit, and one for the write-ins where the contest allows
// them: the lines add up to its votes.
void print_csv_lines(const View& view, const ContestFigures& figures, const Unit* unit) {
  const auto print_line = [&](const std::string& id, const std::string& name,
                              const std::string& parties, const TotalFigure& votes,
                              const std::optional<Share>& share) {
    std::vector<std::string> cells{view.contest().id};
    if (unit != nullptr) cells.push_back(unit->id);
    cells.push_back(id);
    if (unit == nullptr) cells.push_back(name);
    if (view.by == FiguresBy::option) cells.push_back(parties);
    print_csv_line(std::move(cells), view.contest(), votes, share);
  };
  for (const FigureLine& line : view.lines_of(figures)) {
    print_line(line.id, line.name,
               view.by == FiguresBy::option ? party_names(view.home.rules, view.option(line)) : "",
               line.votes, line.share);
  }
  const TotalFigure write_ins = figures.column(slot::write_ins);
  if (view.contest().write_ins || write_ins.value().value_or(0) > 0) {
    print_line(std::string(slot::name(slot::write_ins)), "Write-ins", "", write_ins,
               figures.share(write_ins));
  }
}

void print_csv(const View& view) {
  if (view.by != FiguresBy::unit) return print_csv_lines(view, view.figures, nullptr);
  for (const UnitId unit : view.figures.units_heard())
    print_csv_lines(view, view.figures.in(unit), &view.home.rules.units.at(unit.value));
}

// The units whose report of a contest is waited for and has not come, ascending.
std::vector<UnitId> outstanding_of(const View& view) {
  const auto expected = view.home.rules.units_expected(view.id);
  const auto heard = view.figures.units_heard();
  std::vector<UnitId> waited_for;
  std::ranges::set_difference(expected, heard, std::back_inserter(waited_for));
  return waited_for;
}

// Its name, its id, and the name of the unit above.
std::vector<std::string> outstanding_cells(const Rules& rules, UnitId id) {
  const Unit& unit = rules.units.at(id.value);
  return {unit.name, unit.id, unit.parent ? rules.units.at(unit.parent->value).name : ""};
}

void print_outstanding_table(const View& view) {
  const auto waited_for = outstanding_of(view);
  const auto [units, of] = view.figures.reporting();
  print(view.contest().name + "\n");
  TableLines lines({"Not reported yet", "Id", "In"});
  for (const UnitId id : waited_for) lines.measure(outstanding_cells(view.home.rules, id));
  if (!waited_for.empty()) print(lines.head());
  for (const UnitId id : waited_for) print(lines.row(outstanding_cells(view.home.rules, id)));
  print(fmt::format("{} of {} units reporting, {} not yet\n", grouped(units), grouped(of),
                    grouped(waited_for.size())));
}

void print_outstanding_csv(const View& view) {
  for (const UnitId unit : outstanding_of(view)) {
    const auto cells = outstanding_cells(view.home.rules, unit);
    print(csv_line({view.contest().id, cells[1], cells[0], cells[2]}));
  }
}

// Prints an object whose last member is an empty list, and then what is in the list, one by one:
// the same text as of the whole, which is never in memory.
class OpenList {
 public:
  // `indent`: of the line that the object begins in.
  OpenList(const Json& object, std::size_t indent) : indent_(indent) {
    const std::string text = indented(object, indent);
    print(text.substr(0, text.rfind(']')));
  }
  void begin_item() {
    print(fmt::format("{}\n{:{}}", any_ ? "," : "", "", indent_ + 4));
    any_ = true;
  }
  void item(const Json& item) {
    begin_item();
    print(indented(item, indent_ + 4));
  }
  void end() const {
    if (any_) print(fmt::format("\n{:{}}", "", indent_ + 2));
    print(fmt::format("]\n{:{}}}}", "", indent_));
  }

 private:
  // As it stands in a text around it. A line end in a dump is never one of a text in it.
  static std::string indented(const Json& json, std::size_t indent) {
    const std::string plain = json.dump(2), space(indent, ' ');
    std::string text;
    for (const char c : plain) {
      text += c;
      if (c == '\n') text += space;
    }
    return text;
  }

  std::size_t indent_;
  bool any_ = false;
};

void print_json(const View& view, OpenList& contests) {
  const Rules& rules = view.home.rules;
  const Json json = contest_json(rules, view.id, view.figures, view.by);
  if (view.by != FiguresBy::unit) return contests.item(json);
  contests.begin_item();
  OpenList lines(json, 4);
  for (const UnitId unit : view.figures.units_heard()) {
    for (const Json& line : unit_json(rules, view.id, view.figures.in(unit), unit))
      lines.item(line);
  }
  lines.end();
}

void print_outstanding_json(const View& view, OpenList& contests) {
  const auto [units, of] = view.figures.reporting();
  contests.begin_item();
  OpenList lines({{"id", view.contest().id},
                  {"name", view.contest().name},
                  {"reporting", {{"units", units}, {"of", of}}},
                  {"outstanding", Json::array()}},
                 4);
  for (const UnitId id : outstanding_of(view)) {
    const auto cells = outstanding_cells(view.home.rules, id);
    lines.item({{"id", cells[1]}, {"name", cells[0]}, {"in", cells[2]}});
  }
  lines.end();
}

// Units that somebody declared complete, with what was declared and what is counted.
struct CompleteUnits {
  std::vector<CompleteUnit> declared;
  std::vector<CountedCards> counted;
};

// None where nobody asks for what is outstanding.
Result<CompleteUnits> complete_units_of(const TotalsOptions& options, const Opened& opened,
                                        const Snapshot& snapshot) {
  if (!options.outstanding) return CompleteUnits{};
  auto declared = complete_units(opened.home->count, opened.home->rules, *opened.store);
  if (!declared) return std::unexpected(declared.error());
  auto counted = counted_cards(opened.home->rules, snapshot.totals, *declared);
  return CompleteUnits{std::move(*declared), std::move(counted)};
}

Json complete_json(const CompleteUnits& complete, const Rules& rules) {
  Json json = Json::array();
  for (std::size_t i = 0; i < complete.declared.size(); ++i) {
    const auto& [unit, cards] = complete.declared[i];
    const CountedCards& counted = complete.counted[i];
    const auto cells = outstanding_cells(rules, unit);
    json.push_back({{"id", cells[1]},
                    {"name", cells[0]},
                    {"in", cells[2]},
                    {"declared", cards},
                    {"counted", counted.any ? Json(counted.cards) : Json()},
                    {"whole", counted.whole}});
  }
  return json;
}

void print_complete_table(const CompleteUnits& complete, const Rules& rules) {
  if (complete.declared.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < complete.declared.size(); ++i) {
    const auto& [unit, cards] = complete.declared[i];
    const auto& [counted, whole, any] = complete.counted[i];
    std::vector<std::string> cells = outstanding_cells(rules, unit);
    cells.push_back(grouped(cards));
    cells.push_back(!any ? "not reported yet"
                         : (whole ? "" : "at least ") +
                               grouped(static_cast<std::uint64_t>(counted)));
    rows.push_back(std::move(cells));
  }
  print("\n" + table({"Declared complete", "Id", "In", "Cards declared>", "Cards counted>"}, rows) +
        fmt::format("{} unit(s) declared complete\n", grouped(rows.size())));
}

Json head_json(const Opened& opened, const Head& head, const FigureScope& scope) {
  const Home& home = *opened.home;
  Json json{{"count", home.count.id.hex()},
            {"mode", to_text(home.count.mode)},
            {"label", home.count.label},
            {"status", head.status},
            {"commit", head.commit},
            {"as_of", head.commit == 0 ? Json() : Json(format_utc(head.committed_at_us))}};
  put_second_place(json, opened);
  if (scope.under) json["unit"] = home.rules.units.at(scope.under->value).id;
  if (scope.method) json["method"] = home.rules.methods.at(scope.method->value).id;
  return json;
}

// Errors: reject delivery.none, entry.method.unknown.
Result<Part> part_of(const TotalsOptions& options, const Rules& rules) {
  Part part;
  if (!options.unit.empty()) {
    const auto unit = unit_meant(rules, options.unit);
    if (!unit) return std::unexpected(unit.error());
    part.scope.under = *unit;
    part.name = " · only " + rules.units.at(unit->value).name;
  }
  if (!options.method.empty()) {
    part.scope.method = rules.find_method(options.method);
    if (!part.scope.method) {
      return fail(Remedy::reject, "entry.method.unknown",
                  "no voting method has the id \"" + options.method + "\"");
    }
    part.name += " · only " + rules.methods.at(part.scope.method->value).name;
  }
  return part;
}

std::string title(const Home& home, const Head& head, const std::string& part) {
  const std::string as_of =
      head.commit == 0 ? "nothing is counted yet"
                       : fmt::format("{} totals as of commit {}, {}", head.status,
                                     grouped(head.commit), format_utc(head.committed_at_us));
  return fmt::format("{} · {}{}{} · {}{}\n\n", home.rules.election, to_text(home.count.mode),
                     home.count.label.empty() ? "" : " · ", home.count.label, as_of, part);
}

void print_view(const View& view, const TotalsOptions& options, std::optional<OpenList>& json) {
  const bool outstanding = options.outstanding;
  if (json) {
    outstanding ? print_outstanding_json(view, *json) : print_json(view, *json);
  } else if (options.format == "csv") {
    outstanding ? print_outstanding_csv(view) : print_csv(view);
  } else {
    outstanding ? print_outstanding_table(view) : print_table(view);
  }
}

int totals(const TotalsOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto snapshot = opened->store->snapshot();
  if (!snapshot) return report(snapshot.error());
  if (auto good = check_stated(opened->home->rules, *snapshot, *opened->store); !good) {
    return report(good.error());
  }
  const Home& home = *opened->home;
  const FiguresBy by = by_of(options.by);
  if (!options.contest.empty() && !home.rules.find_contest(options.contest)) {
    return report({Remedy::reject, "entry.contest.unknown",
                   "no contest has the id \"" + options.contest + "\""});
  }
  const auto part = part_of(options, home.rules);
  if (!part) return report(part.error());
  const auto complete = complete_units_of(options, *opened, *snapshot);
  if (!complete) return report(complete.error());
  std::optional<OpenList> json;
  if (options.format == "json") {
    Json head = head_json(*opened, snapshot->head, part->scope);
    if (options.outstanding) head["complete"] = complete_json(*complete, home.rules);
    head["contests"] = Json::array();  // The last member.
    json.emplace(head, 0);
  }
  if (options.format == "csv")
    print(options.outstanding ? "contest,unit,name,in\n" : csv_columns(by));
  if (options.format == "table") print(title(home, snapshot->head, part->name));
  const auto rows = rows_by_contest(home.rules, snapshot->totals);
  bool first = true;
  for (std::uint32_t c = 0; c < home.rules.contests.size(); ++c) {
    if (!options.contest.empty() && home.rules.contests[c].id != options.contest) continue;
    const ContestFigures figures = ContestFigures(home.rules, {c}, rows[c]).within(part->scope);
    const View view{home, {c}, figures, by};
    if (options.format == "table" && !first) print("\n");
    print_view(view, options, json);
    first = false;
  }
  if (json) {
    json->end();
    print("\n");
  }
  if (options.format == "table") print_complete_table(*complete, home.rules);
  if (options.format == "csv" && !complete->declared.empty()) {
    say(fmt::format("{} unit(s) declared complete are not in the CSV; --format json has them",
                    grouped(complete->declared.size())));
  }
  for (const std::string& twice : two_levels_in_words(home.rules, snapshot->totals))
    say("two levels of units in one sum: " + printable_line(twice));
  return done;
}

}  // namespace

void add_totals(CLI::App& app) {
  auto options = std::make_shared<TotalsOptions>();
  CLI::App* command =
      add_command(app, "totals", "Show the totals as of the last commit",
                  "Examples:\n"
                  "  teller totals --home my-count\n"
                  "  teller totals --home my-count --by party --format json\n"
                  "  teller totals --config teller.toml --by unit --format csv\n"
                  "  teller totals --home my-count --unit \"Rill County\" --method postal\n"
                  "  teller totals --home my-count --outstanding     which places are still out\n"
                  "\n"
                  "A figure is a number, a number with parts missing (\"1,500, withheld in 1 of 3\n"
                  "units\"), withheld, unknown, or not reported yet; docs/design/figures.md.");
  add_where(command, options->where);
  add_before_close(command, options->where);
  command->add_option("--by", options->by, "option, party, candidate or unit")
      ->check(CLI::IsMember({"option", "party", "candidate", "unit"}))
      ->capture_default_str();
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_option("--contest", options->contest, "Only this contest")->type_name("ID");
  CLI::Option* unit =
      command
          ->add_option("--unit", options->unit,
                       "Only what was reported in this unit and below it: its id or its name")
          ->type_name("UNIT");
  CLI::Option* method =
      command->add_option("--method", options->method, "Only this voting method")->type_name("ID");
  command
      ->add_flag("--outstanding", options->outstanding,
                 "List the reporting units that have not reported, by contest, and (but for "
                 "--format csv) those that are complete (teller complete)")
      ->excludes("--by")
      ->excludes(unit)
      ->excludes(method);
  on_run(command, [options] { return totals(*options); });
}

void add_digest(CLI::App& app) {
  auto where = std::make_shared<Where>();
  CLI::App* command =
      add_command(app, "digest", "Print one hash that says what was counted and nothing about how",
                  "Examples:\n"
                  "  teller digest --home my-count\n"
                  "Equal in both forms, for any number of partitions and any cutting into steps;\n"
                  "schema/entry.md says over which bytes it goes.");
  add_where(command, *where);
  add_before_close(command, *where);
  on_run(command, [where] {
    const auto opened = open_store_only(*where, "teller_publisher");
    if (!opened) return report(opened.error());
    const auto snapshot = opened->store->snapshot();
    if (!snapshot) return report(snapshot.error());
    if (auto good = check_stated(opened->home->count.rules, *snapshot, *opened->store); !good) {
      return report(good.error());
    }
    std::printf("%s\n", to_hex(digest_of(opened->home->count.rules, snapshot->totals)).c_str());
    return done;
  });
}

}  // namespace teller::cli
