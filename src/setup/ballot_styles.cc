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

// The ids of the highest units of which all that have none below them are among `given`.
class HighestUnits {
 public:
  explicit HighestUnits(const std::vector<BallotStyles::Unit>& units)
      : units_(units), leaves_(units.size(), 0), is_leaf_(units.size(), false) {
    for (std::size_t u = units.size(); u-- > 0;) {
      is_leaf_[u] = leaves_[u] == 0;
      if (is_leaf_[u]) leaves_[u] = 1;
      if (units[u].parent >= 0) leaves_[static_cast<std::size_t>(units[u].parent)] += leaves_[u];
    }
  }

  [[nodiscard]] Json of(const std::vector<std::int64_t>& given) const {
    std::map<std::int64_t, std::size_t> reached;  // By unit: how many of its leaves.
    for (const std::int64_t unit : given) {
      if (!is_leaf_[static_cast<std::size_t>(unit)]) continue;
      for (std::int64_t at = unit; at >= 0; at = parent(at)) ++reached[at];
    }
    const auto whole = [&](std::int64_t unit) {
      return reached.at(unit) == leaves_[static_cast<std::size_t>(unit)];
    };
    Json ids = Json::array();
    for (const auto& [unit, count] : reached) {
      if (whole(unit) && (parent(unit) < 0 || !whole(parent(unit))))
        ids.push_back(units_[static_cast<std::size_t>(unit)].id);
    }
    return ids;
  }

 private:
  [[nodiscard]] std::int64_t parent(std::int64_t unit) const {
    return units_[static_cast<std::size_t>(unit)].parent;
  }
  const std::vector<BallotStyles::Unit>& units_;
  std::vector<std::size_t> leaves_;
  std::vector<bool> is_leaf_;
};

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

std::int64_t BallotStyles::meeting_of(std::size_t contest, const std::vector<Unit>& units) const {
  const auto parent = [&](std::int64_t unit) {
    return units[static_cast<std::size_t>(unit)].parent;
  };
  std::int64_t meet = -1;
  for (const Style& style : styles_) {
    if (!std::binary_search(style.contests.begin(), style.contests.end(), contest)) continue;
    for (std::int64_t unit : style.units) {
      if (meet < 0) meet = unit;
      // A parent has the smaller number: the larger of the two climbs until they are one.
      while (meet != unit && meet >= 0 && unit >= 0)
        (meet > unit ? meet : unit) = parent(std::max(meet, unit));
      if (meet != unit) meet = 0;
    }
  }
  return meet;
}

std::vector<Json> BallotStyles::json(const std::vector<Contest>& contests,
                                     const std::vector<Unit>& units) const {
  const HighestUnits highest(units);
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
    Json item{{"id", id}, {"name", name}, {"cards", cards_of(style.contests, contests)}};
    if (styles_.size() > 1) item["units"] = highest.of(style.units);
    made.push_back(std::move(item));
  }
  return made;
}

}  // namespace teller
