#include "setup/ballot_styles.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "setup/rules_tables.h"

namespace teller {
namespace {

using Json = RulesJson::Json;
constexpr std::size_t card_contests_max = 255;

// A style's cards in their order; one with more contests than a card holds is cut.
Json cards_of(const std::vector<std::size_t>& on,
              const std::vector<BallotStyles::Contest>& contests) {
  std::map<std::size_t, std::vector<std::string>> by_card;
  for (const std::size_t contest : on)
    by_card[contests[contest].card].push_back(contests[contest].id);
  Json cards = Json::array();
  for (const auto& [number, ids] : by_card) {
    for (std::size_t at = 0; at < ids.size(); at += card_contests_max) {
      cards.push_back(std::vector<std::string>(
          ids.begin() + static_cast<std::ptrdiff_t>(at),
          ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), at + card_contests_max))));
    }
  }
  return cards;
}

}  // namespace

std::string BallotStyles::add(std::size_t unit, const std::string& name,
                              const std::vector<std::size_t>& contests) {
  const auto number = static_cast<std::int64_t>(unit);
  for (Style& style : styles_) {
    if (style.name == name && style.contests == contests) {
      style.units.push_back(number);
      return {};
    }
    if (!name.empty() && style.name == name) return name;
  }
  styles_.push_back({name, contests, {number}});
  return {};
}

std::vector<std::int64_t> BallotStyles::units_of(std::size_t contest) const {
  std::vector<std::int64_t> units;
  for (const Style& style : styles_) {
    if (std::binary_search(style.contests.begin(), style.contests.end(), contest))
      units.insert(units.end(), style.units.begin(), style.units.end());
  }
  std::sort(units.begin(), units.end());
  return units;
}

std::vector<Json> BallotStyles::json(const std::vector<Contest>& contests) const {
  std::set<std::string> taken;
  for (const Style& style : styles_) taken.insert(style.name);
  std::vector<Json> made;
  std::size_t number = 0;
  for (const Style& style : styles_) {
    std::string id = id_of_name(style.name), name = style.name;
    if (name.empty()) {
      do {
        ++number;
        id = styles_.size() == 1 ? "all" : fmt::format("style-{}", number);
      } while (taken.contains(id));
      name = styles_.size() == 1 ? "All" : id;
    }
    made.push_back({{"id", id}, {"name", name}, {"cards", cards_of(style.contests, contests)}});
  }
  return made;
}

}  // namespace teller
