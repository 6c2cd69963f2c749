#include "deliver/method_beside.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "count/sheets.h"
#include "deliver/plan.h"
#include "results/sum_names.h"
#include "results/sums.h"
#include "tables/unicode.h"

namespace teller {
namespace {

bool has_votes(const Sheet& sheet) { return !sheet.votes.empty(); }

bool is_of_all(const Method& method) {
  const auto is = [](const std::string& name) {
    return is_called_total(name) || is_called_all_methods(name);
  };
  return is(method.id) || is(method.name);
}

void add_cells(ResultsTable& table, const Sheet& sheet) {
  for (const auto& [option, figure] : sheet.votes) {
    if (figure.is_unknown()) continue;
    ResultsTable::Cell& cell = table.cells.emplace_back();
    cell.unit = sheet.unit.value;
    cell.contest = static_cast<std::uint16_t>(sheet.contest.value);
    cell.method = static_cast<std::uint16_t>(sheet.method.value);
    cell.column = static_cast<std::uint16_t>(option.value);
    cell.withheld = figure.is_withheld();
    cell.value = figure.is_number() ? figure.raw : 0;
  }
}

}  // namespace

MethodBeside::MethodBeside(const Delivery& delivery, const StandingSheets& standing,
                           const Rules& rules)
    : rules_(rules) {
  if (rules.methods.size() < 2 || delivery.act == Sheet::Act::withdrawal) return;
  find_places(delivery, standing);
  if (places_.empty()) return;
  refuse_totals();
  refuse_sums(delivery, standing);
}

std::optional<std::string> MethodBeside::why(const SheetKey& key) const {
  const auto found = why_.find(key);
  return found == why_.end() ? std::nullopt : std::optional(found->second);
}

void MethodBeside::find_places(const Delivery& delivery, const StandingSheets& standing) {
  std::set<SheetKey> here;
  for (const Sheet& sheet : delivery.sheets) {
    here.insert(key_of(sheet));
    if (has_votes(sheet) && !has_figures(standing.find(key_of(sheet))))
      places_[{sheet.unit, sheet.contest}].fresh.insert(sheet.method);
  }
  for (const auto& [key, versions] : standing.all()) {
    const auto place = places_.find({key.unit, key.contest});
    if (place == places_.end() || here.contains(key)) continue;
    const Sheet* const stands = standing.find(key);
    if (has_figures(stands) && has_votes(*stands)) place->second.stand.insert(key.method);
  }
  std::erase_if(places_, [](const auto& place) { return place.second.stand.empty(); });
}

void MethodBeside::refuse_totals() {
  for (const auto& [place, votes] : places_) {
    for (const MethodId method : votes.fresh) {
      for (const MethodId beside : votes.stand) {
        for (const MethodId one : {method, beside}) {
          const Method& named = rules_.methods.at(one.value);
          if (is_of_all(named))
            refuse(place, method, beside, fmt::format("{} is called a total", shown(named.id)));
        }
      }
    }
  }
}

void MethodBeside::refuse_sums(const Delivery& delivery, const StandingSheets& standing) {
  ResultsTable table;
  for (const Method& method : rules_.methods)
    table.methods.push_back({.id = method.id, .name = method.name});
  for (const Sheet& sheet : delivery.sheets) {
    if (places_.contains({sheet.unit, sheet.contest})) add_cells(table, sheet);
  }
  for (const auto& [place, votes] : places_) {
    for (const MethodId method : votes.stand)
      add_cells(table, *standing.find({place.first, method, place.second}));
  }
  for (const FoundSum& sum : find_method_sums(table, {})) {
    if (sum.by_name_alone) continue;  // refuse_totals() has seen it.
    const auto of = rules_.find_method(sum.name);
    const auto is_part = [&](MethodId method) {
      return sum.parts.empty() || sum.parts.contains(rules_.methods.at(method.value).id);
    };
    for (const auto& [place, votes] : places_) {
      for (const MethodId method : votes.fresh) {
        for (const MethodId beside : votes.stand) {
          if ((method == of && is_part(beside)) || (beside == of && is_part(method)))
            refuse(place, method, beside, in_words(sum));
        }
      }
    }
  }
}

void MethodBeside::refuse(const Place& place, MethodId method, MethodId beside,
                          const std::string& says) {
  const auto id = [&](MethodId one) { return rules_.methods.at(one.value).id; };
  const std::string& unit = rules_.units.at(place.first.value).id;
  why_.try_emplace(
      {place.first, method, place.second},
      fmt::format("votes by {} stand here already, and {}: those by {} would be counted twice; if "
                  "those that stand are not meant, take them away first: teller withdraw --unit "
                  "{} --method {}",
                  shown(id(beside)), says, shown(id(method)), unit, id(beside)));
}

}  // namespace teller
