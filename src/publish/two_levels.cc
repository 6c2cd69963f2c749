#include "publish/two_levels.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/grouped.h"
#include "count/step.h"

namespace teller {
namespace {

using Cell = ContestFigures::Cell;

// Places of cells of sheets, by the place of a cell above them.
std::map<std::size_t, std::vector<std::size_t>> cells_below(const Rules& rules,
                                                            std::span<const Cell> cells) {
  std::map<std::size_t, std::vector<std::size_t>> below;
  const auto place = [](const Cell& cell) { return std::tuple(cell.unit, cell.method); };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].from_sheets) continue;
    for (auto above = rules.units.at(cells[i].unit.value).parent; above;
         above = rules.units.at(above->value).parent) {
      const auto found =
          std::ranges::lower_bound(cells, std::tuple(*above, cells[i].method), {}, place);
      if (found == cells.end() || place(*found) != std::tuple(*above, cells[i].method) ||
          !found->from_sheets)
        continue;
      below[static_cast<std::size_t>(found - cells.begin())].push_back(i);
    }
  }
  return below;
}

// What a cell and those below it both give of one slot; nothing where one of them gives nothing.
std::optional<std::pair<std::int64_t, std::int64_t>> both_give(
    const std::vector<ContestFigures::Part>& parts, std::size_t above,
    const std::vector<std::size_t>& below) {
  const auto is_number = [&](std::size_t cell) {
    return parts[cell].known == ContestFigures::Known::number;
  };
  if (!is_number(above) || std::ranges::none_of(below, is_number)) return std::nullopt;
  std::int64_t sum = 0;
  for (const std::size_t cell : below) sum += is_number(cell) ? parts[cell].value : 0;
  return std::pair(parts[above].value, sum);
}

std::string number_of(std::int64_t figure) {
  return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(figure, 0)));
}

}  // namespace

std::vector<TwoLevels> two_levels(const Rules& rules, ContestId contest,
                                  const ContestFigures& figures) {
  const std::span<const Cell> cells = figures.cells();
  const auto below = cells_below(rules, cells);
  if (below.empty()) return {};
  std::map<std::uint16_t, std::vector<ContestFigures::Part>> parts;
  for (std::size_t o = 0; o < rules.contest(contest).options.size(); ++o)
    parts.emplace(static_cast<std::uint16_t>(o), figures.parts(static_cast<std::uint16_t>(o)));
  for (std::uint16_t s = slot::first_counter; s <= slot::registered; ++s)
    parts.emplace(s, figures.parts(s));

  std::vector<TwoLevels> found;
  for (const auto& [above, cells_in] : below) {
    TwoLevels one{.above = cells[above].unit, .method = cells[above].method, .below = {}};
    bool any_votes = false;
    std::optional<std::pair<std::int64_t, std::int64_t>> of_counter;
    for (const auto& [slot, of_slot] : parts) {
      const auto both = both_give(of_slot, above, cells_in);
      if (!both) continue;
      if (slot < slot::first_counter || slot == slot::write_ins) {
        any_votes = true;
        one.in_above += both->first;
        one.in_below += both->second;
      } else if (!of_counter) {
        of_counter = both;
        one.counter = slot;
      }
    }
    if (!any_votes && !of_counter) continue;
    if (!any_votes) {
      one.votes = false;
      std::tie(one.in_above, one.in_below) = *of_counter;
    }
    for (const std::size_t cell : cells_in) one.below.push_back(cells[cell].unit);
    found.push_back(std::move(one));
  }
  return found;
}

std::string in_words(const TwoLevels& levels, const Rules& rules, ContestId contest) {
  constexpr std::size_t names_max = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(levels.below.size(), names_max); ++i)
    names += (i == 0 ? "" : ", ") + rules.units.at(levels.below[i].value).name;
  if (levels.below.size() > names_max) names += ", …";
  const std::string what = levels.votes ? "votes" : std::string(slot::name(levels.counter));
  return fmt::format(
      "{}, {}{}: {} {}, and {} unit{} in it ({}) {} {}: both are in the sum, {}",
      rules.units.at(levels.above.value).name, rules.contest(contest).name,
      rules.methods.size() > 1 ? ", " + rules.methods.at(levels.method.value).name : "",
      number_of(levels.in_above), what, grouped(levels.below.size()),
      levels.below.size() == 1 ? "" : "s", names, levels.below.size() == 1 ? "has" : "have",
      number_of(levels.in_below), number_of(levels.in_above + levels.in_below));
}

std::vector<std::string> two_levels_in_words(const Rules& rules, std::span<const TotalRow> totals) {
  std::vector<std::string> sentences;
  const auto rows = rows_by_contest(rules, totals);
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const ContestFigures figures(rules, ContestId{c}, rows[c]);
    for (const TwoLevels& levels : two_levels(rules, ContestId{c}, figures))
      sentences.push_back(in_words(levels, rules, ContestId{c}));
  }
  return sentences;
}

}  // namespace teller
