#include "cli/delivery_words.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/table.h"
#include "cli/terminal_text.h"

namespace teller::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t sheets_told = 20, missing_told = 10;

// Of an option, or of another figure.
std::string name_of(const Json& change) {
  return change.at(change.contains("name") ? "name" : "figure").get<std::string>();
}

std::string figure_text(const Json& figure) {
  if (figure.is_number_unsigned()) return grouped(figure.get<std::uint64_t>());
  return figure.is_null() ? "unknown" : figure.get<std::string>();
}

// "Ada Moss 120", what stood before.
std::string figure_before(const Json& change) {
  return fmt::format("{} {}", name_of(change), figure_text(change.at("before")));
}

// A smaller number, or one that is not known any more.
bool is_fall(const Json& before, const Json& after) {
  return before.is_number() && (after.is_null() || (after.is_number() && after < before));
}

// "Ada Moss 120 -> 150"; a figure that was not there before is told without an arrow. Of a sheet that
// was left out: "Ada Moss 150 stands, 120 was sent".
std::string change_text(const Json& change, bool taken) {
  const std::string name = name_of(change);
  const Json &before = change.at("before"), &after = change.at("after");
  if (before.is_null()) return fmt::format("{} {}", name, figure_text(after));
  if (!taken) {
    return fmt::format("{} {} stands, {} was sent", name, figure_text(before), figure_text(after));
  }
  std::string text = fmt::format("{} {} -> {}", name, figure_text(before), figure_text(after));
  if (is_fall(before, after)) text += " (fell)";
  return text;
}

std::string sheet_text(const Json& sheet) {
  std::string text =
      fmt::format("{}: {}", place_text(sheet), sheet.at("became").get<std::string>());
  if (sheet["became"] == "stale")
    text += sheet.contains("detail") ? ", left out" : ", left out, for later figures stand";
  if (sheet.contains("version")) text += fmt::format(", version {}", sheet["version"].dump());
  if (sheet.contains("code")) text += fmt::format(", {}", sheet["code"].get<std::string>());
  if (const auto why = sheet.value("detail", ""); !why.empty()) text += ": " + why;
  std::string changes;
  const bool withdrawn = sheet["became"] == "withdrawn";
  const bool taken = sheet.contains("version");
  for (const Json& change : sheet.at("changes")) {
    changes += (changes.empty() ? "" : ", ") +
               (withdrawn ? figure_before(change) : change_text(change, taken));
  }
  if (withdrawn) changes += " no longer count";
  if (!changes.empty()) text += ": " + changes;
  if (sheet.contains("against_cards")) {
    text += "; its votes do not go with its cards: " + sheet["against_cards"].get<std::string>();
  }
  return printable_line(text) + "\n";
}

// "7", or of one that was too large for one request "7, 8, 9".
std::string delivery_numbers(const Json& report) {
  if (!report.contains("deliveries")) return report.at("delivery").dump();
  std::string text;
  for (const Json& number : report["deliveries"])
    text += (text.empty() ? "" : ", ") + number.dump();
  return text;
}

// Those that stand and have no row in the delivery, though its sheet has others.
std::uint64_t figures_kept(const Json& report) {
  std::uint64_t all = 0;
  if (!report.contains("kept")) return 0;  // Of a server of before.
  for (const Json& sheet : report["kept"]) all += sheet.at("figures").size();
  return all;
}

// "left out: columns of numbers that …"
std::string noted_text(const Json& report) {
  return fmt::format("left out: {}{}", report.at("noted").get<std::string>(),
                     report.value("noted_new", false)
                         ? " (this was not so in the delivery before of this source)"
                         : "");
}

// "Rill/P1, all, Mayor: Ben 20 kept: the file has no row for it"
std::string kept_text(const Json& sheet) {
  std::string figures;
  for (const Json& figure : sheet.at("figures")) {
    figures += fmt::format("{}{} {}", figures.empty() ? "" : ", ", name_of(figure),
                           figure_text(figure.at("value")));
  }
  return printable_line(fmt::format("{}: {} kept: the file has no row for {}", place_text(sheet),
                                    figures, sheet["figures"].size() == 1 ? "it" : "them"));
}

// "2 new, 3 updated, 1 not mentioned and kept"
std::string numbers_of(const Json& report) {
  std::string text;
  const auto add = [&](std::uint64_t number, std::string_view word) {
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(number), word);
  };
  for (const auto& [word, count] : report.at("became").items())
    add(count.get<std::uint64_t>(), word);
  add(report.at("refused_total").get<std::uint64_t>(), "no sheet of this count");
  add(report.at("missing").size(), "not mentioned and kept");
  if (const std::uint64_t kept = figures_kept(report); kept > 0) {
    text += fmt::format("; figures that no row mentions, and that stay: {}", grouped(kept));
  }
  return text;
}

// A line for each figure that fell.
void append_falls(const Json& sheet, std::vector<std::string>& lines) {
  for (const Json& change : sheet.at("changes")) {
    const Json &before = change.at("before"), &after = change.at("after");
    if (!is_fall(before, after)) continue;
    lines.push_back(fmt::format("fell: {}, version {}: {} {} -> {}", place_text(sheet),
                                sheet.at("version").dump(), name_of(change), figure_text(before),
                                figure_text(after)));
  }
}

std::string short_words_of(const Json& report) {
  std::string text = printable_line(fmt::format("{}, figures of {}, delivery {}: {}",
                                                report.at("file").get<std::string>(),
                                                report.value("figures_at", "an unknown time"),
                                                delivery_numbers(report), numbers_of(report))) +
                     "\n";
  std::vector<std::string> lines;
  if (report.value("noted_new", false)) lines.push_back(noted_text(report));
  for (const Json& sheet : report.at("sheets")) {
    const Json& became = sheet.at("became");
    if (became == "stale" || became == "refused" || became == "waiting" ||
        sheet.contains("not_whole")) {
      lines.push_back(sheet_text(sheet));
      lines.back().pop_back();
    } else if (sheet.contains("version")) {
      if (const auto why = sheet.value("detail", ""); !why.empty())
        lines.push_back(fmt::format("{}: {}", place_text(sheet), why));
      append_falls(sheet, lines);
    }
    if (sheet.contains("against_cards")) {
      lines.push_back("votes and cards do not go together: " +
                      sheet["against_cards"].get<std::string>());
    }
  }
  if (figures_kept(report) > 0) {
    for (const Json& sheet : report["kept"]) lines.push_back(kept_text(sheet));
  }
  for (std::size_t i = 0; i < std::min(lines.size(), sheets_told); ++i)
    text += "  " + printable_line(lines[i]) + "\n";
  if (lines.size() > sheets_told)
    text += fmt::format("  and {} more; --json has all\n", lines.size() - sheets_told);
  return text;
}

// Of numbers that others replaced. What is not known any more is no sign of an older file.
bool most_fell(const Json& report) {
  std::uint64_t fell = 0, all = 0;
  for (const Json& sheet : report.at("sheets")) {
    if (sheet.at("became") != "updated") continue;
    for (const Json& change : sheet.at("changes")) {
      if (!change.at("before").is_number() || !change.at("after").is_number()) continue;
      ++all;
      fell += is_fall(change["before"], change["after"]) ? 1 : 0;
    }
  }
  return 2 * fell > all;
}

// What to do with what is stale and right all the same. Where nothing stands nothing can be corrected.
std::string ways_out_of_stale(const Json& report) {
  bool stands = false, is_withdrawn = false;
  for (const Json& sheet : report.at("sheets")) {
    if (sheet.at("became") != "stale") continue;
    const bool has_before = std::ranges::any_of(
        sheet.at("changes"), [](const Json& change) { return !change.at("before").is_null(); });
    (has_before || !sheet.contains("detail") ? stands : is_withdrawn) = true;
  }
  std::string text;
  if (stands) text += "What is stale and right all the same goes in with --correct and --reason.\n";
  if (is_withdrawn) {
    text +=
        "What was withdrawn since and is right all the same goes in with --at and a time after the "
        "withdrawal: nothing stands there that --correct could replace.\n";
  }
  return text;
}

std::string words_of(const Json& report) {
  std::string text;
  const auto number = report.at("delivery").get<std::uint64_t>();
  const bool stands = report.at("all_stand").get<bool>();
  text +=
      printable_line(number == 0
                         ? fmt::format("{} has delivered this before, and {}: nothing was recorded",
                                       report.at("source").get<std::string>(),
                                       stands ? "it stands" : "not all of it stands now")
                         : fmt::format("Delivery {} of {}, figures of {}", delivery_numbers(report),
                                       report.at("source").get<std::string>(),
                                       report.value("figures_at", "an unknown time"))) +
      "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [word, count] : report.at("became").items()) {
    if (count != 0) rows.push_back({word, grouped(count.get<std::uint64_t>())});
  }
  const auto odd = std::ranges::count_if(
      report.at("sheets"), [](const Json& sheet) { return sheet.contains("against_cards"); });
  if (odd > 0) {
    rows.push_back({"of these, against their cards", grouped(static_cast<std::uint64_t>(odd))});
  }
  if (const auto refused = report.at("refused_total").get<std::uint64_t>(); refused > 0) {
    rows.push_back({"no sheet of this count", grouped(refused)});
  }
  if (!report.at("missing").empty()) {
    rows.push_back({"not mentioned, and kept", grouped(report["missing"].size())});
  }
  text += table({"sheets", ">"}, rows);

  if (report.contains("noted")) text += printable_line(noted_text(report)) + "\n";
  text += ways_out_of_stale(report);
  std::size_t told = 0;
  for (const Json& sheet : report.at("sheets")) {
    if (++told <= sheets_told) text += sheet_text(sheet);
  }
  for (const Json& line : report.at("refused_lines")) {
    if (++told <= sheets_told) {
      text += printable_line(fmt::format("line {}: {}: {}", line.at("line").dump(),
                                         line.at("code").get<std::string>(),
                                         line.at("detail").get<std::string>())) +
              "\n";
    }
  }
  const std::size_t listed = told;
  told += report.at("refused_total").get<std::size_t>() - report.at("refused_lines").size();
  if (told > sheets_told) {
    text += fmt::format("and {} more; --json has {}\n", told - sheets_told,
                        told == listed ? "all" : "the first of them");
  }
  std::size_t missing = 0;
  for (const Json& sheet : report.at("missing")) {
    if (++missing <= missing_told) {
      text += printable_line(place_text(sheet) + ": not mentioned; its figures stay") + "\n";
    }
  }
  if (missing > missing_told) {
    text += fmt::format("and {} more that are not mentioned\n", missing - missing_told);
  }
  if (figures_kept(report) == 0) return text;
  std::size_t kept = 0;
  for (const Json& sheet : report["kept"]) {
    if (++kept <= missing_told) text += kept_text(sheet) + "\n";
  }
  if (kept > missing_told) {
    text += fmt::format("and figures of {} more sheets that have no row; --json has all\n",
                        kept - missing_told);
  }
  return text;
}

}  // namespace

namespace {

Result<DeliveryTold> tell(std::string_view report_json, std::string (*words)(const Json&)) {
  try {
    // The first figures of a night are many, and told by their number alone.
    const auto needed = [](int depth, Json::parse_event_t event, const Json& parsed) {
      return depth != 2 || event != Json::parse_event_t::object_end ||
             parsed.value("became", "") != "new" || parsed.contains("against_cards");
    };
    const Json report = Json::parse(report_json, needed);
    return DeliveryTold{words(report),
                        report.at("all_stand").get<bool>() && !report.value("noted_new", false),
                        most_fell(report)};
  } catch (const Json::exception& error) {
    return fail(Remedy::reject, "http.answer_invalid",
                std::string("the answer is not one of this API: ") + error.what());
  }
}

}  // namespace

std::string place_text(const Json& sheet) {
  return fmt::format("{}, {}, {}", sheet.at("unit").get<std::string>(),
                     sheet.at("method").get<std::string>(),
                     sheet.at("contest_name").get<std::string>());
}

Result<DeliveryTold> tell_delivery(std::string_view report_json) {
  return tell(report_json, words_of);
}

Result<DeliveryTold> tell_delivery_shortly(std::string_view report_json) {
  return tell(report_json, short_words_of);
}

}  // namespace teller::cli
