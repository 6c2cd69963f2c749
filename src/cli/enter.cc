// teller enter: result sheets that two people type, each without the other's figures.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/officer_requests.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "entering/sheet_fields.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

using EnterJson = nlohmann::ordered_json;

struct EnterOptions {
  HttpClientOptions to;
  std::string unit, contest, method;
  std::string step, of, field, check, reason, file;
  std::vector<std::string> figures;
  bool not_complete = false, mine = false, anew = false, json = false;
};

// As a query has it: what is no letter, digit or one of "-._~" as its bytes.
std::string escaped_for_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string query_of(const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string query;
  for (const auto& [name, value] : values) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, escaped_for_query(value));
  }
  return query;
}

std::string text_at(const EnterJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

EnterJson list_at(const EnterJson& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_array() ? *found : EnterJson::array();
}

// "north, mayor", and the method where it is said.
std::string place_of_sheet(const EnterJson& sheet) {
  return fmt::format("{}, {}, {}", text_at(sheet, "unit"), text_at(sheet, "contest"),
                     text_at(sheet, "method"));
}

std::string names_at(const EnterJson& sheet, const char* name) {
  std::vector<std::string> names;
  for (const EnterJson& one : list_at(sheet, name)) {
    if (one.is_string()) names.push_back(one.get<std::string>());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// What became of it, or why it waits; mostly empty.
std::string outcome_of(const EnterJson& sheet) {
  if (const auto waits = text_at(sheet, "waits"); !waits.empty()) return "waits: " + waits;
  const auto brought = sheet.find("brought");
  if (brought == sheet.end() || !brought->is_object()) return "";
  std::string text =
      fmt::format("delivery {}: {}", text_at(*brought, "delivery"), text_at(*brought, "became"));
  if (const auto detail = text_at(*brought, "detail"); !detail.empty()) text += ", " + detail;
  return text;
}

// What to do next, of a sheet that somebody just did something with.
std::string_view next_of(std::string_view step) {
  if (step == "once") return "a second person types it now";
  if (step == "different") return "it differs; who decides about it sees both (teller enter show)";
  if (step == "error") return "an error is in it, which is mended (teller enter show)";
  if (step == "warning") return "a warning is explained or mended (teller enter show)";
  if (step == "left_out") return "what stands is not this";
  return "";
}

int tell_sheet(const EnterOptions& options, const EnterJson& sheet) {
  const std::string step = text_at(sheet, "step");
  if (options.json) {
    print_as_json(sheet);
  } else {
    std::string line = fmt::format("{}: {}", place_of_sheet(sheet), step);
    if (const auto outcome = outcome_of(sheet); !outcome.empty()) line += " (" + outcome + ")";
    std::printf("%s\n", printable_line(line).c_str());
    for (const EnterJson& one : list_at(sheet, "findings")) {
      std::printf("%s\n", printable_line(fmt::format("{}: {} ({})", text_at(one, "severity"),
                                                     text_at(one, "what"), text_at(one, "check")))
                              .c_str());
    }
  }
  if (const auto next = next_of(step); !next.empty()) say(fmt::format("teller: {}", next));
  const bool open = step == "different" || step == "error" || step == "warning" ||
                    step == "left_out" || sheet.contains("waits");
  return open ? found : done;
}

int list_sheets(const EnterOptions& options) {
  const auto told = ask_as_person(
      options.to, "GET",
      "/v1/officer/sheets" + query_of({{"unit", options.unit},
                                       {"contest", options.contest},
                                       {"method", options.method},
                                       {"step", options.step},
                                       {"not_complete", options.not_complete ? "yes" : ""},
                                       {"mine", options.mine ? "yes" : ""}}));
  if (!told) return report(told.error());
  if (options.json) {
    print_as_json(*told);
    return done;
  }
  std::vector<std::vector<std::string>> cells;
  for (const EnterJson& one : list_at(*told, "sheets")) {
    cells.push_back({text_at(one, "unit"), text_at(one, "unit_name"), text_at(one, "contest"),
                     text_at(one, "method"), text_at(one, "step"), names_at(one, "typed_by"),
                     outcome_of(one)});
  }
  if (!cells.empty()) {
    std::fputs(table({"Unit", "Name", "Contest", "Method", "Step", "Typed by", "Delivered"}, cells)
                   .c_str(),
               stdout);
  }
  std::string steps;
  const EnterJson counts = told->value("steps", EnterJson::object());
  for (const auto& [step, count] : counts.items()) {
    if (count != 0) steps += fmt::format("{}{} {}", steps.empty() ? "" : ", ", count.dump(), step);
  }
  std::printf("%s of %s complete%s\n", text_at(*told, "complete").c_str(),
              text_at(*told, "all").c_str(),
              printable_line(steps.empty() ? "" : ": " + steps).c_str());
  return done;
}

int next_sheet(const EnterOptions& options) {
  const auto told = ask_as_person(options.to, "GET",
                                  "/v1/officer/sheets" + query_of({{"contest", options.contest},
                                                                   {"method", options.method},
                                                                   {"mine", "yes"},
                                                                   {"limit", "1"}}));
  if (!told) return report(told.error());
  const EnterJson sheets = list_at(*told, "sheets"), contests = list_at(*told, "contests");
  if (options.json) {
    print_as_json(*told);
    return done;
  }
  if (sheets.empty() || contests.empty()) {
    say("teller: there is no sheet now that you may type");
    return done;
  }
  const EnterJson& sheet = sheets.front();
  std::printf("%s\n", printable_line(fmt::format("{}: {} ({})", place_of_sheet(sheet),
                                                 text_at(sheet, "unit_name"),
                                                 text_at(sheet, "contest_name")))
                          .c_str());
  std::vector<std::vector<std::string>> cells;
  for (const EnterJson& one : list_at(contests.front(), "fields")) {
    cells.push_back({text_at(one, "field"), text_at(one, "name")});
  }
  std::fputs(table({"Field", "On the sheet"}, cells).c_str(), stdout);
  return done;
}

// "ada=120" -> ("ada", 120). A name may have a "=" in it, a number has none.
Result<void> take_figure(std::string_view text, EnterJson& figures) {
  const std::size_t equals = text.rfind('=');
  const auto figure =
      equals == std::string_view::npos ? std::nullopt : figure_of_text(text.substr(equals + 1));
  if (!figure) {
    return fail(
        Remedy::reject, "entering.figures_invalid",
        fmt::format("\"{}\" is no FIELD=NUMBER; digits alone, or withheld or unknown", text));
  }
  const std::string field(text.substr(0, equals));
  if (figures.contains(field)) {
    return fail(Remedy::reject, "entering.figures_invalid", field + " stands there twice");
  }
  figures[field] = figure->is_number() ? EnterJson(figure->raw) : EnterJson(to_text(*figure));
  return {};
}

Result<EnterJson> read_figures(const EnterOptions& options) {
  constexpr std::uint64_t bytes_max = std::uint64_t{1} << 20;
  EnterJson figures = EnterJson::object();
  for (const std::string& one : options.figures) {
    if (auto taken = take_figure(one, figures); !taken) return std::unexpected(taken.error());
  }
  if (options.file.empty()) return figures;
  const auto text = read_text(options.file, bytes_max);
  if (!text) return std::unexpected(text.error());
  for (std::string_view rest = *text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (auto taken = take_figure(line, figures); !taken) return std::unexpected(taken.error());
  }
  return figures;
}

EnterJson place_asked(const EnterOptions& options) {
  EnterJson body{{"unit", options.unit}};
  if (!options.contest.empty()) body["contest"] = options.contest;
  if (!options.method.empty()) body["method"] = options.method;
  return body;
}

int post_sheet(const EnterOptions& options, const char* path, const EnterJson& body) {
  const std::string text = body.dump(-1, ' ', false, EnterJson::error_handler_t::replace);
  const auto told = ask_as_person(options.to, "POST", path, text);
  if (!told) return report(told.error());
  return tell_sheet(options, *told);
}

int type_sheet(const EnterOptions& options) {
  const auto figures = read_figures(options);
  if (!figures) return report(figures.error());
  EnterJson body = place_asked(options);
  if (options.anew) body["anew"] = true;
  body["figures"] = *figures;
  return post_sheet(options, "/v1/officer/sheets", body);
}

int decide_sheet(const EnterOptions& options, const char* act) {
  EnterJson body = place_asked(options);
  body["do"] = act;
  body["reason"] = options.reason;
  if (!options.of.empty()) body["of"] = options.of;
  if (!options.check.empty()) body["check"] = options.check;
  if (!options.field.empty()) {
    EnterJson figure = EnterJson::object();
    if (auto taken = take_figure(options.field, figure); !taken) return report(taken.error());
    body["field"] = figure.begin().key();
    body["figure"] = figure.begin().value();
  }
  return post_sheet(options, "/v1/officer/sheet", body);
}

int show_sheet(const EnterOptions& options) {
  const auto told = ask_as_person(options.to, "GET",
                                  "/v1/officer/sheet" + query_of({{"unit", options.unit},
                                                                  {"contest", options.contest},
                                                                  {"method", options.method}}));
  if (!told) return report(told.error());
  if (options.json) {
    print_as_json(*told);
    return done;
  }
  const EnterJson typed_by = list_at(*told, "typed_by");
  const bool both = typed_by.size() == 2;
  std::vector<std::string> head{"Field", "On the sheet"};
  if (both) {
    for (const EnterJson& name : typed_by)
      head.push_back(name.is_string() ? name.get<std::string>() + ">" : ">");
    head.insert(head.end(), {"", "Read again"});
  }
  std::vector<std::vector<std::string>> cells;
  for (const EnterJson& one : list_at(*told, "fields")) {
    std::vector<std::string> row{text_at(one, "field"), text_at(one, "name")};
    if (both) {
      std::vector<std::string> again;
      for (const EnterJson& by : list_at(one, "retyped")) {
        again.push_back(fmt::format("{} by {}: {}", text_at(by, "figure"), text_at(by, "by"),
                                    text_at(by, "reason")));
      }
      row.insert(row.end(), {text_at(one, "first"), text_at(one, "second"),
                             text_at(one, "differs") == "true" ? "DIFFERS" : "",
                             fmt::format("{}", fmt::join(again, "; "))});
    }
    cells.push_back(std::move(row));
  }
  std::fputs(table(head, cells).c_str(), stdout);
  std::string line = fmt::format("{}: {}", place_of_sheet(*told), text_at(*told, "step"));
  if (const auto outcome = outcome_of(*told); !outcome.empty()) line += " (" + outcome + ")";
  std::printf("%s\n", printable_line(line).c_str());
  for (const EnterJson& one : list_at(*told, "findings")) {
    std::string text = fmt::format("{}: {} ({})", text_at(one, "severity"), text_at(one, "what"),
                                   text_at(one, "check"));
    if (const auto why = one.find("explained"); why != one.end()) {
      text += fmt::format("; explained by {}: {}", text_at(*why, "by"), text_at(*why, "reason"));
    }
    std::printf("%s\n", printable_line(text).c_str());
  }
  return done;
}

void add_server(CLI::App* command, EnterOptions& options) {
  add_door(command, options.to);
  command->add_flag("--json", options.json, "For a program to read");
}

void add_sheet_contest(CLI::App* command, EnterOptions& options) {
  command->add_option("--contest", options.contest, "Its id, where the unit has sheets of several");
  command->add_option("--method", options.method, "Its id, where the contest has several");
}

// A command about one sheet.
CLI::App* add_sheet(CLI::App* above, const char* name, const char* summary, EnterOptions& options) {
  CLI::App* command = above->add_subcommand(name, summary);
  command->add_option("UNIT", options.unit, "The unit, by its id or name")->required();
  add_sheet_contest(command, options);
  add_server(command, options);
  return command;
}

void add_why(CLI::App* command, EnterOptions& options) {
  command->add_option("--reason", options.reason, "What was found; it stands in the audit log")
      ->type_name("TEXT")
      ->required();
}

void add_lists(CLI::App* enter) {
  const auto options = std::make_shared<EnterOptions>();
  CLI::App* status = enter->add_subcommand("status", "Which sheets there are, and how far each is");
  status->add_option("--unit", options->unit, "Only this unit, by its id or name");
  add_sheet_contest(status, *options);
  status->add_option("--step", options->step,
                     "Only those at this step: untyped, once, different, error, warning, ready, "
                     "delivered or left_out");
  status->add_flag("--not-complete", options->not_complete, "Only those that were not delivered");
  status->add_flag("--mine", options->mine, "Only those that you may type now");
  add_server(status, *options);
  on_run(status, [options] { return list_sheets(*options); });

  const auto of_next = std::make_shared<EnterOptions>();
  CLI::App* next =
      enter->add_subcommand("next", "The next sheet that you may type, and its fields");
  add_sheet_contest(next, *of_next);
  add_server(next, *of_next);
  on_run(next, [of_next] { return next_sheet(*of_next); });
}

void add_typing(CLI::App* enter) {
  const auto options = std::make_shared<EnterOptions>();
  CLI::App* command = add_sheet(
      enter, "sheet", "Type a sheet; the first time, or again as the second person", *options);
  command->add_option("FIGURES", options->figures,
                      "FIELD=NUMBER each, or withheld or unknown; every option has one");
  command->add_option("--file", options->file, "Such lines, in a file; \"-\": from stdin")
      ->type_name("FILE");
  command->add_flag("--anew", options->anew,
                    "In place of what you typed, while no second person has");
  on_run(command, [options] { return type_sheet(*options); });
}

void add_decisions(CLI::App* enter) {
  const auto shown = std::make_shared<EnterOptions>();
  CLI::App* show = add_sheet(
      enter, "show", "What two people typed, side by side, and what the checks say of it", *shown);
  on_run(show, [shown] { return show_sheet(*shown); });

  const auto kept = std::make_shared<EnterOptions>();
  CLI::App* keep =
      add_sheet(enter, "keep", "Where the two differ, what this person typed is right", *kept);
  keep->add_option("--of", kept->of, "Whose figures are kept")->type_name("NAME")->required();
  add_why(keep, *kept);
  on_run(keep, [kept] { return decide_sheet(*kept, "keep"); });

  const auto retyped = std::make_shared<EnterOptions>();
  CLI::App* retype =
      add_sheet(enter, "retype", "One figure, as you read it on the paper", *retyped);
  retype->add_option("FIGURE", retyped->field, "FIELD=NUMBER")->required();
  add_why(retype, *retyped);
  on_run(retype, [retyped] { return decide_sheet(*retyped, "retype"); });

  const auto typed_anew = std::make_shared<EnterOptions>();
  CLI::App* again = add_sheet(enter, "again", "Have a sheet typed anew", *typed_anew);
  again
      ->add_option("--of", typed_anew->of,
                   "Leave out what this person typed; without it what both did")
      ->type_name("NAME");
  add_why(again, *typed_anew);
  on_run(again, [typed_anew] { return decide_sheet(*typed_anew, "again"); });

  const auto explained = std::make_shared<EnterOptions>();
  CLI::App* explain = add_sheet(enter, "explain", "Say why a warning may stand", *explained);
  explain->add_option("--check", explained->check, "Which, as `teller enter show` names it")
      ->required();
  add_why(explain, *explained);
  on_run(explain, [explained] { return decide_sheet(*explained, "explain"); });
}

}  // namespace

void add_enter(CLI::App& app) {
  CLI::App* command = add_command(
      app, "enter", "Type result sheets twice, by two people who do not see each other's figures",
      "Examples:\n"
      "  teller enter next --to http://127.0.0.1:18400 --token-file one.token\n"
      "  teller enter sheet north cards=100 ada=60 bell=40 --to … --token-file one.token\n"
      "  teller enter status --not-complete --to … --token-file chair.token\n"
      "  teller enter show north --to … --token-file chair.token\n"
      "  teller enter keep north --of c.one --reason \"Read again\" --to … --token-file "
      "chair.token\n"
      "A sheet on which both agree, and of which the checks have nothing to say, is delivered at\n"
      "once. Exit code 1: it is not, and somebody has to look.");
  command->require_subcommand(1);
  add_lists(command);
  add_typing(command);
  add_decisions(command);
}

}  // namespace teller::cli
