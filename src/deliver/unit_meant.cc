#include "deliver/unit_meant.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Of "Rill/P1" in Rill: "P1". The separator is a character that the mapping chose.
std::string_view last_part(const Unit& unit, const Rules& rules) {
  if (!unit.parent) return unit.id;
  const std::string& above = rules.units.at(unit.parent->value).id;
  const std::string_view id = unit.id;
  return id.starts_with(above) && id.size() > above.size() + 1 ? id.substr(above.size() + 1) : id;
}

// How many letters have to be changed, put in or left out; from `limit` on only that it is so many.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = corner + (a[i] == b[k] ? 0 : 1);
      corner = row[k + 1];
      row[k + 1] = std::min({changed, corner + 1, row[k] + 1});
    }
  }
  return std::min(row.back(), limit);
}

std::string listed_ids(const std::vector<const Unit*>& units) {
  constexpr std::size_t listed_max = 10;
  std::vector<std::string> ids;
  for (const Unit* unit : units) {
    if (ids.size() == listed_max) break;
    const bool says_more = unit->name != unit->id && !unit->id.ends_with(unit->name);
    ids.push_back(shown(unit->id) + (says_more ? fmt::format(" ({})", shown(unit->name)) : ""));
  }
  return fmt::format("{}{}", fmt::join(ids, ", "),
                     units.size() > listed_max
                         ? fmt::format(" and {} more", grouped(units.size() - listed_max))
                         : "");
}

// In the order of how near they are: what is spelled nearly so, then what it is a part of.
std::vector<const Unit*> near_ones(const Rules& rules, const std::string& text) {
  constexpr std::size_t near_max = 5, part_bytes_min = 3;
  const std::size_t limit = std::max<std::size_t>(2, text.size() / 3 + 1);
  std::vector<std::pair<std::size_t, const Unit*>> found;
  for (const Unit& unit : rules.units) {
    std::size_t best = limit;
    bool is_part = false;
    for (const std::string_view called : {std::string_view(unit.name), last_part(unit, rules)}) {
      const std::string plain = plain_word(called);
      best = std::min(best, distance(text, plain, limit));
      is_part = is_part || (text.size() >= part_bytes_min && plain.contains(text));
    }
    if (best < limit || is_part) found.emplace_back(best, &unit);
  }
  std::ranges::sort(found);
  std::vector<const Unit*> near;
  for (const auto& [far, unit] : found) {
    if (near.size() < near_max) near.push_back(unit);
  }
  return near;
}

}  // namespace

Result<UnitId> unit_meant(const Rules& rules, std::string_view text) {
  if (const auto exactly = rules.find_unit(text)) return *exactly;
  const std::string plain = plain_word(cleaned(text));
  std::vector<const Unit*> same, alike;
  for (const Unit& unit : rules.units) {
    const std::string_view last = last_part(unit, rules);
    if (unit.name == text || last == text) same.push_back(&unit);
    if (plain_word(unit.name) == plain || plain_word(last) == plain || plain_word(unit.id) == plain)
      alike.push_back(&unit);
  }
  const auto& found = same.empty() ? alike : same;
  if (found.size() == 1) return *rules.find_unit(found.front()->id);
  std::string why;
  if (found.size() > 1) {
    why = fmt::format("{} units are called {}: give the id of one of them: {}",
                      grouped(found.size()), shown(text), listed_ids(found));
  } else if (const auto near = near_ones(rules, plain); !near.empty()) {
    why = fmt::format("the rules have no unit {}; is it {}{}?", shown(text),
                      near.size() > 1 ? "one of " : "", listed_ids(near));
  } else {
    why = fmt::format("the rules have no unit {}", shown(text));
  }
  return fail(Remedy::reject, "delivery.none", std::move(why));
}

}  // namespace teller
