#include "results/voted_on.h"

#include <fmt/format.h>

namespace teller {

VotedOn::VotedOn(const Rules& rules)
    : rules_(rules), given_in_(rules.contests.size()), by_contest_(rules.contests.size()) {
  std::vector<bool> is_unknown(rules.contests.size(), false);
  for (const Style& style : rules.styles) {
    for (const Card& card : style.cards) {
      for (const ContestId contest : card.contests) {
        if (!style.units || style.units->empty()) {
          is_unknown[contest.value] = true;
        } else {
          given_in_[contest.value].insert(style.units->begin(), style.units->end());
        }
      }
    }
  }
  for (std::size_t i = 0; i < is_unknown.size(); ++i) {
    if (is_unknown[i]) given_in_[i].clear();
  }
}

bool VotedOn::in(UnitId unit, ContestId contest) {
  const std::set<UnitId>& given = given_in_.at(contest.value);
  if (given.empty()) return true;
  std::vector<bool>& units = by_contest_.at(contest.value);
  if (units.empty()) units = around(given);
  return units[unit.value];
}

std::string VotedOn::not_in(std::string_view unit, std::string_view contest) {
  return fmt::format("no ballot style of the rules gives {} to voters of {}", contest, unit);
}

// By unit: those of `given`, and all below and above them. One above may have a sheet of its own: of what a county
// counts for its precincts.
std::vector<bool> VotedOn::around(const std::set<UnitId>& given) const {
  std::vector<bool> units(rules_.units.size(), false);
  for (const UnitId unit : given) units[unit.value] = true;
  for (std::size_t i = 0; i < units.size(); ++i) {  // A parent stands before its children.
    if (const auto parent = rules_.units[i].parent; parent && units[parent->value]) units[i] = true;
  }
  for (const UnitId unit : given) {
    for (auto above = rules_.units[unit.value].parent; above && !units[above->value];
         above = rules_.units[above->value].parent)
      units[above->value] = true;
  }
  return units;
}

}  // namespace teller
