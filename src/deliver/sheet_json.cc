#include "deliver/sheet_json.h"

#include <map>
#include <utility>

#include "count/sheets.h"
#include "count/step.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// A figure as people and programs read it: a number, "withheld", or null for what is not known.
Json figure_json(Figure figure) {
  if (figure.is_number()) return figure.raw;
  if (figure.is_withheld()) return "withheld";
  return nullptr;
}

// Whose figure a column is.
Json column_json(std::uint16_t column, const Contest& contest) {
  if (column >= slot::first_counter) return {{"figure", slot::name(column)}};
  return {{"option", contest.options.at(column).id}, {"name", contest.options.at(column).name}};
}

}  // namespace

Json place_json(UnitId unit, MethodId method, ContestId contest, const Rules& rules) {
  return {{"unit", rules.units.at(unit.value).id},
          {"unit_name", rules.units.at(unit.value).name},
          {"method", rules.methods.at(method.value).id},
          {"contest", rules.contest(contest).id},
          {"contest_name", rules.contest(contest).name}};
}

Json figures_json(const Sheet& sheet, const Contest& contest) {
  return figures_json(figures_of(sheet), contest);
}

Json figures_json(const std::vector<std::pair<std::uint16_t, Figure>>& figures,
                  const Contest& contest) {
  Json all = Json::array();
  for (const auto& [column, figure] : figures) {
    Json one = column_json(column, contest);
    one["value"] = figure_json(figure);
    all.push_back(std::move(one));
  }
  return all;
}

Json changes_json(const Sheet* before, const Sheet& after, const Contest& contest) {
  std::map<std::uint16_t, std::pair<Figure, Figure>> both;
  if (before != nullptr) {
    for (const auto& [column, figure] : figures_of(*before)) both[column].first = figure;
  }
  for (const auto& [column, figure] : figures_of(after)) both[column].second = figure;
  Json all = Json::array();
  for (const auto& [column, figures] : both) {
    if (figures.first == figures.second) continue;
    Json one = column_json(column, contest);
    one["before"] = figure_json(figures.first);
    one["after"] = figure_json(figures.second);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace teller
