#include "deliver/standing_figures.h"

#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "count/sheets.h"
#include "count/step.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

Figure figure_of(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return Figure::withheld();
  return Figure::of(value.get<std::uint64_t>());
}

// False: it is of no option and no figure that is known here.
bool take_figure(const Json& one, const Rules& rules, Sheet& sheet) {
  const Figure figure = figure_of(one.at("value"));
  if (one.contains("option")) {
    const auto option = rules.find_option(sheet.contest, one["option"].get<std::string>());
    if (!option) return false;
    sheet.votes.emplace_back(*option, figure);
    return true;
  }
  for (const auto& [column, member] : sheet_counters) {
    if (slot::name(column) != one.at("figure").get<std::string>()) continue;
    sheet.*member = figure;
    return true;
  }
  return false;
}

// Nothing: it is of other rules.
std::optional<Sheet> sheet_of(const Json& place, const Json& version, const Rules& rules) {
  const auto unit = rules.find_unit(place.at("unit").get<std::string>());
  const auto contest = rules.find_contest(place.at("contest").get<std::string>());
  const auto method = rules.find_method(place.at("method").get<std::string>());
  if (!unit || !contest || !method) return std::nullopt;
  Sheet sheet;
  sheet.unit = *unit;
  sheet.contest = *contest;
  sheet.method = *method;
  for (const Json& figure : version.at("figures")) {
    if (!take_figure(figure, rules, sheet)) return std::nullopt;
  }
  return sheet;
}

}  // namespace

Result<StandingFigures> standing_figures(std::string_view history_json, const Rules& rules) {
  StandingFigures standing;
  std::set<std::string> sources;
  try {
    const Json history = Json::parse(history_json);
    for (const Json& place : history.at("sheets")) {
      for (const Json& version : place.at("versions")) {
        if (version.at("now") != "stands" || version.at("act") == "withdrawal") continue;
        auto sheet = sheet_of(place, version, rules);
        if (!sheet) {
          return fail(Remedy::reject, "http.answer_invalid",
                      "the history of sheets is of other rules");
        }
        standing.sheets.push_back(std::move(*sheet));
        const Json& by = version.at("brought_by");
        sources.insert(by.is_null() ? "" : by.at("source").get<std::string>());
      }
    }
  } catch (const Json::exception&) {
    return fail(Remedy::reject, "http.answer_invalid", "the answer is no history of sheets");
  }
  if (sources.size() == 1) standing.source = *sources.begin();
  return standing;
}

}  // namespace teller
