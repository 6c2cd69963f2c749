#include "cli/feed_words.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/delivery_words.h"
#include "cli/print_as_json.h"
#include "cli/row_words.h"
#include "cli/terminal_text.h"

namespace teller::cli {
namespace {

using Json = nlohmann::ordered_json;
using Kind = FeedDelivery::Kind;

constexpr std::size_t files_told = 20;

const char* word_of(Kind kind) {
  switch (kind) {
    case Kind::delivered:
      return "delivered";
    case Kind::again:
      return "again";
    case Kind::came_late:
      return "came_late";
    case Kind::held:
      return "held";
  }
  return "";
}

void print_json(const FeedDelivery& delivery, const Rules& rules) {
  Json json{{"file", delivery.file},
            {"kind", word_of(delivery.kind)},
            {"figures_at", delivery.figures_at},
            {"read", rows_json(*delivery.table)}};
  json["read"]["held"] = held_json(*delivery.bound, rules, *delivery.table);
  if (!delivery.report.empty()) json["report"] = Json::parse(delivery.report);
  print_as_json(json, -1);
}

std::string sentence_of(const FeedDelivery& delivery) {
  switch (delivery.kind) {
    case Kind::delivered: {
      const auto told = tell_delivery_shortly(delivery.report);
      return told ? told->text : to_text(told.error()) + "\n";
    }
    case Kind::again:
      return "";
    case Kind::came_late:
      return printable_line(fmt::format(
                 "{}, figures of {}: stale, they came before, and later ones stand: left out",
                 delivery.file, delivery.figures_at)) +
             "\n";
    case Kind::held:
      return printable_line(delivery.file + ": not one whole sheet is in it: nothing was taken") +
             "\n";
  }
  return "";
}

}  // namespace

void print_feed_delivery(const FeedDelivery& delivery, const Rules& rules, bool partial,
                         bool json) {
  if (json) {
    print_json(delivery, rules);
  } else {
    fmt::print("{}", sentence_of(delivery));
    for (const std::string& note : delivery.table->notes)
      fmt::print("  note: {}\n", printable_line(note));
    say_faults(*delivery.table, stdout);
    say_held(*delivery.bound, rules, partial, stdout);
  }
  std::fflush(stdout);
}

void print_feed_summary(const FeedSummary& summary, bool json) {
  if (json) {
    const Json all{{"summary",
                    {{"deliveries", summary.deliveries},
                     {"again", summary.again},
                     {"came_late", summary.came_late},
                     {"became", summary.became},
                     {"falls", summary.falls},
                     {"not_whole", summary.open},
                     {"folders", summary.folders},
                     {"behind", summary.is_behind},
                     {"all_well", summary.all_well()}}}};
    print_as_json(all, -1);
    return;
  }
  std::string sheets;
  for (const auto& [word, number] : summary.became) {
    if (number > 0)
      sheets += fmt::format("{}{} {}", sheets.empty() ? "" : ", ", grouped(number), word);
  }
  fmt::print("deliveries: {}{}{}\n", grouped(summary.deliveries),
             sheets.empty() ? "" : "; sheets: ", sheets);
  const auto say_number = [](std::string_view what, std::uint64_t number) {
    if (number > 0) fmt::print("{}: {}\n", what, grouped(number));
  };
  say_number("figures that fell, each told above", summary.falls);
  say_number("delivered before, and nothing new", summary.again);
  say_number("stale: delivered before, and sent again after later ones", summary.came_late);
  std::size_t told = 0;
  for (const auto& [file, why] : summary.open) {
    if (++told <= files_told)
      fmt::print("not taken whole: {}\n",
                 printable_line(why.contains(file) ? why : file + ": " + why));
  }
  if (told > files_told) fmt::print("and {} more files\n", told - files_told);
  for (const std::string& folder : summary.folders) {
    fmt::print("a folder in it is passed over, with all that it holds: {}\n",
               printable_line(folder));
  }
  if (summary.is_behind)
    fmt::print("at the end it could not look, or not deliver: start it again\n");
  if (summary.all_well()) fmt::print("everything that was taken is counted\n");
}

}  // namespace teller::cli
