// teller deliveries: what was delivered, and the history of a sheet.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/open.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "deliver/delivery_history.h"
#include "log/segments_directory.h"

namespace teller::cli {
namespace {

using Json = nlohmann::ordered_json;

struct DeliveriesOptions {
  Where where;
  std::uint64_t number = 0;
  SheetsAsked sheets;
  bool json = false;
};

std::string text_of(const Json& json, const char* name) { return json.value(name, ""); }

// "Ada Moss 120, Ben Rook 80"
std::string figures_text(const Json& figures) {
  std::string text;
  for (const Json& figure : figures) {
    const Json& value = figure.at("value");
    text += text.empty() ? "" : ", ";
    text += figure.contains("name") ? text_of(figure, "name") : text_of(figure, "figure");
    text += " " + (value.is_number()   ? grouped(value.get<std::uint64_t>())
                   : value.is_string() ? value.get<std::string>()
                                       : "unknown");
  }
  return text;
}

// "3 new, 1 held"
std::string became_text(const Json& became) {
  std::string text;
  for (const auto& [word, sheets] : became.items()) {
    text += (text.empty() ? "" : ", ") + grouped(sheets.get<std::uint64_t>()) + " " + word;
  }
  return text;
}

// "delivery 7 of rill, figures of 2026-05-03T21:00:00Z, at-21h.csv"
std::string delivery_text(const Json& delivery) {
  std::string text = "delivery " + delivery.at("delivery").dump() + " of " +
                     text_of(delivery, "source") + ", figures of " +
                     delivery.value("figures_at", "an unknown time");
  if (const auto file = text_of(delivery, "file"); !file.empty()) text += ", " + file;
  return text;
}

void print_line(const std::string& text) { std::printf("%s\n", printable_line(text).c_str()); }

void print_list(const Json& list) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list.at("deliveries")) {
    rows.push_back({one.at("delivery").dump(), printable_line(text_of(one, "source")),
                    one.value("figures_at", "unknown"), text_of(one, "act"),
                    printable_line(text_of(one, "file")),
                    became_text(one.at("became")) +
                        (one.at("settled").get<bool>() ? "" : "; not ended: deliver it again")});
  }
  std::fputs(table({"No>", "Source", "Figures of", "Act", "File", "Sheets"}, rows).c_str(), stdout);
}

void print_delivery(const Json& one) {
  const std::string text = delivery_text(one);
  print_line("D" + text.substr(1));
  print_line(text_of(one, "act") + ", received at " + text_of(one, "received_at") + " from " +
             text_of(one, "sender") +
             (one.contains("reason") ? ": " + text_of(one, "reason") : std::string()));
  print_line(became_text(one.at("became")));
  if (!one.at("settled").get<bool>()) {
    print_line("It was begun and not ended: deliver the same again, and it goes on.");
  }
  for (const Json& sheet : one.at("sheets")) {
    std::string line = place_text(sheet) + ": " + text_of(sheet, "became");
    if (sheet.contains("version")) {
      line += ", version " + sheet["version"].dump() + ", " + text_of(sheet, "now");
    }
    if (sheet.contains("figures") && !sheet["figures"].empty()) {
      line += ": " + figures_text(sheet["figures"]);
    }
    if (sheet.contains("detail")) line += ": " + text_of(sheet, "detail");
    print_line(line);
  }
}

void print_sheets(const Json& all) {
  for (const Json& sheet : all.at("sheets")) {
    print_line(place_text(sheet));
    for (const Json& version : sheet.at("versions")) {
      std::string line = "  version " + version.at("version").dump() + ", " +
                         text_of(version, "act") + ", " + text_of(version, "now");
      if (!version.at("figures").empty()) line += ": " + figures_text(version["figures"]);
      if (version.contains("reason")) line += "; reason: " + text_of(version, "reason");
      print_line(line);
      const Json& by = version.at("brought_by");
      print_line("    " + (by.is_null()
                               ? "sent by another way than a delivery"
                               : delivery_text(by) + ", received at " + text_of(by, "received_at") +
                                     " from " + text_of(by, "sender")));
    }
    for (const Json& other : sheet.at("not_taken")) {
      std::string line = "  " + text_of(other, "became") + ", " + delivery_text(other);
      if (other.contains("detail")) line += ": " + text_of(other, "detail");
      print_line(line);
    }
  }
}

// All pages of the list as one.
Result<std::string> whole_list(DeliveryHistory& history) {
  constexpr std::uint64_t at_once = 1000;
  Json all{{"deliveries", Json::array()}};
  for (std::uint64_t first = 1;;) {
    const auto page = history.list(first, at_once);
    if (!page) return page;
    const Json json = Json::parse(*page);
    for (const Json& one : json.at("deliveries")) all["deliveries"].push_back(one);
    if (!json.contains("next")) return all.dump() + "\n";
    first = json["next"].get<std::uint64_t>();
  }
}

int run(const DeliveriesOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  DirectorySegments segments(segments_folder(*opened));
  DeliveryHistory history(opened->home->definition(), *opened->store, segments);
  const SheetsAsked& asked = options.sheets;
  const bool of_sheets = !(asked.unit + asked.contest + asked.method).empty();
  const auto told = of_sheets            ? history.sheets(asked)
                    : options.number > 0 ? history.delivery(options.number)
                                         : whole_list(history);
  if (!told) return report(told.error());
  if (options.json) {
    std::fputs(told->c_str(), stdout);
    return done;
  }
  const Json json = Json::parse(*told);
  if (of_sheets) {
    print_sheets(json);
  } else if (options.number > 0) {
    print_delivery(json);
  } else {
    print_list(json);
  }
  return done;
}

}  // namespace

void add_deliveries(CLI::App& app) {
  auto options = std::make_shared<DeliveriesOptions>();
  CLI::App* command = add_command(
      app, "deliveries", "List what was delivered, and the history of a result sheet",
      "Examples:\n"
      "  teller deliveries --home my-count\n"
      "  teller deliveries 7 --config teller.toml\n"
      "  teller deliveries --home my-count --unit Rill/P1 --contest Mayor\n"
      "  teller deliveries --home my-count --unit \"Old mill\"\n"
      "Without more it lists all deliveries; with a number the sheets of one, and what became of "
      "each;\n"
      "with --unit, --contest or --method every version of these sheets: which delivery brought "
      "it, "
      "and\n"
      "when, why and with which figures, and what was not taken.");
  add_where(command, options->where);
  add_before_close(command, options->where);
  auto* const number =
      command->add_option("NUMBER", options->number, "Of a delivery")->check(CLI::PositiveNumber);
  for (const auto& [name, value, what] :
       {std::tuple<const char*, std::string*, const char*>{
            "--unit", &options->sheets.unit,
            "Sheets of this reporting unit: its id, its name or the "
            "last part of its id"},
        {"--contest", &options->sheets.contest, "Sheets of this contest"},
        {"--method", &options->sheets.method, "Sheets of this voting method"}}) {
    command->add_option(name, *value, what)->type_name("ID")->excludes(number);
  }
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return run(*options); });
}

}  // namespace teller::cli
