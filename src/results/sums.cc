#include "results/sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "base/grouped.h"
#include "count/step.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Cell = ResultsTable::Cell;

constexpr std::size_t found_max = 5;
constexpr std::size_t options_tried_max = 200;

// Words in which publishers say that something is a sum.
}  // namespace

bool is_named_as_sum(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  for (const std::string_view word :
       {"total", "sum of", "summe", "gesamt", "ballots cast", "votes cast", "suma", "somme",
        "totaal", "totale", "insgesamt", "合計", "合计", "總計", "总计", "小計", "итого"}) {
    if (lower.contains(word)) return true;
  }
  return lower == "all" || lower == "sum" || lower == "combined";
}

namespace {

// The word by itself: "Totalview" is a place.
bool is_called_total(std::string_view name) {
  std::string words = " ";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    words += c >= 'A' && c <= 'Z'                      ? static_cast<char>(c - 'A' + 'a')
             : std::isalnum(byte) != 0 || byte >= 0x80 ? c
                                                       : ' ';
  }
  words += ' ';
  for (const std::string_view word : {" total ", " totals ", " subtotal ", " sum ", " summe ",
                                      " gesamt ", "合計", "合计", "總計", "总计"}) {
    if (words.contains(word)) return true;
  }
  return false;
}

// Things (units, options or methods) by place, each with its figures at some points (the unit,
// method and contest of an option's figure, say).
struct Figures {
  // [thing] -> (point, value), ascending by point; withheld ones are not there.
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> of;
  // By point: the sum over all things, and how many of them are above 0.
  std::vector<std::uint64_t> sum;
  std::vector<std::uint32_t> above_zero;
  std::vector<bool> has_gaps;  // A figure is withheld: nothing can be told of this point.

  void add(std::size_t thing, std::uint32_t point, const Cell& cell) {
    if (of.size() <= thing) of.resize(thing + 1);
    if (sum.size() <= point) {
      sum.resize(point + 1);
      above_zero.resize(point + 1);
      has_gaps.resize(point + 1);
    }
    if (cell.withheld) {
      has_gaps[point] = true;
      return;
    }
    of[thing].emplace_back(point, cell.value);
    sum[point] += cell.value;
    above_zero[point] += cell.value > 0 ? 1 : 0;
  }
};

// How much more than chance it takes among so many things: in bits, as log2 of figures that agree.
double bits_needed(std::size_t things, std::string_view name) {
  return is_named_as_sum(name) ? 3.0 : 9.0 + 2.0 * std::log2(static_cast<double>(things));
}

double bits(std::uint64_t value) { return std::log2(static_cast<double>(value) + 1.0); }

// Whether each figure of `thing` is the sum of all others' but those of `without`; how surely.
// A figure that equals a single other one says something only of what is named as a sum.
double is_sum_of_others(const Figures& figures, std::size_t thing, std::string_view name,
                        std::span<const std::size_t> without) {
  const std::uint32_t summands_needed = is_named_as_sum(name) ? 1 : 2;
  double sure = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    if (figures.has_gaps[point]) continue;
    std::uint64_t others = figures.sum[point] - value;
    std::uint32_t summands = figures.above_zero[point] - (value > 0 ? 1U : 0U);
    for (const std::size_t left_out : without) {
      const auto& theirs = figures.of[left_out];
      const auto found =
          std::lower_bound(theirs.begin(), theirs.end(), std::pair(point, std::uint64_t{0}));
      if (found == theirs.end() || found->first != point) continue;
      others -= found->second;
      summands -= found->second > 0 ? 1 : 0;
    }
    if (others != value) return 0;
    if (summands >= summands_needed) sure += bits(value);
  }
  return sure;
}

std::string one_figure(const Figures& figures, std::size_t thing) {
  std::uint64_t most = 0;
  for (const auto& [point, value] : figures.of[thing]) most = std::max(most, value);
  return fmt::format("{}, for one", grouped(most));
}

// Whether the figures of `thing` are the sums of a run of its neighbours in the file: those just
// before it (step -1), or just behind it. The largest figure finds the run, the others hold it up.
std::optional<std::size_t> run_of(const Figures& figures, std::span<const std::size_t> order,
                                  std::size_t at, int step, double needed) {
  const auto& mine = figures.of[order[at]];
  if (mine.empty()) return std::nullopt;
  const auto largest = std::max_element(
      mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (largest->second == 0) return std::nullopt;
  const auto value_of = [&](std::size_t thing, std::uint32_t point) -> std::uint64_t {
    const auto& theirs = figures.of[thing];
    const auto found =
        std::lower_bound(theirs.begin(), theirs.end(), std::pair(point, std::uint64_t{0}));
    return found == theirs.end() || found->first != point ? 0 : found->second;
  };
  std::uint64_t sum = 0;
  std::size_t length = 0;
  for (auto i = static_cast<std::ptrdiff_t>(at) + step;
       i >= 0 && i < static_cast<std::ptrdiff_t>(order.size()) && sum < largest->second;
       i += step) {
    sum += value_of(order[static_cast<std::size_t>(i)], largest->first);
    ++length;
  }
  if (sum != largest->second || length < 2) return std::nullopt;
  double sure = 0;
  for (const auto& [point, value] : mine) {
    if (figures.has_gaps[point]) continue;
    std::uint64_t others = 0, summands = 0;
    for (std::size_t k = 1; k <= length; ++k) {
      const auto neighbour =
          static_cast<std::ptrdiff_t>(at) + step * static_cast<std::ptrdiff_t>(k);
      const std::uint64_t one = value_of(order[static_cast<std::size_t>(neighbour)], point);
      others += one;
      summands += one > 0 ? 1 : 0;
    }
    if (others != value) return std::nullopt;
    if (summands >= 2) sure += bits(value);
  }
  return sure >= needed ? std::optional(length) : std::nullopt;
}

// What is called a total and comes within a tenth of all others is one with a mistake in it, or of places
// that are kept back: in words, or nothing.
std::string nearly_sum_of_others(const Figures& figures, std::size_t thing) {
  std::uint64_t mine = 0, others = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    mine += value;
    others += figures.sum[point] - value;
  }
  if (mine == 0 || mine > others + others / 10 || mine + mine / 10 < others) return {};
  return fmt::format("of all others, or nearly: {} beside {}", grouped(mine), grouped(others));
}

// A point's number for each key of figures.
template <typename Key>
class Points {
 public:
  std::uint32_t of(const Key& key) {
    return numbers_.try_emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<Key, std::uint32_t> numbers_;
};

void find_units(const ResultsTable& table, const std::set<std::string>& not_sums,
                std::vector<FoundSum>& found) {
  // Siblings, level by level: the figures of a unit are those of all units below it.
  struct Family {
    Points<std::tuple<std::uint16_t, std::uint16_t, std::uint16_t>> points;
    Figures figures;
    std::vector<std::size_t> units;
    std::unordered_map<std::uint32_t, std::size_t> place;
    std::map<std::pair<std::size_t, std::uint32_t>, Cell> sums;
  };
  std::map<std::int32_t, Family> families;
  for (std::uint32_t i = 0; i < table.units.size(); ++i) {
    Family& family = families[table.units[i].parent];
    family.place.emplace(i, family.units.size());
    family.units.push_back(i);
  }
  std::erase_if(families, [](const auto& family) { return family.second.units.size() < 2; });
  for (const Cell& cell : table.cells) {
    // Registered voters of a total are often of another day, or left out.
    if (cell.column >= slot::first_counter) continue;
    for (std::int32_t unit = static_cast<std::int32_t>(cell.unit); unit >= 0;) {
      const std::int32_t parent = table.units[static_cast<std::size_t>(unit)].parent;
      if (const auto family = families.find(parent); family != families.end()) {
        Family& of = family->second;
        const std::size_t place = of.place.at(static_cast<std::uint32_t>(unit));
        Cell& sum = of.sums[{place, of.points.of({cell.contest, cell.method, cell.column})}];
        sum.withheld = sum.withheld || cell.withheld;
        sum.value += cell.value;
      }
      unit = parent;
    }
  }
  for (auto& [parent, family] : families) {
    for (const auto& [key, cell] : family.sums) family.figures.add(key.first, key.second, cell);
    family.figures.of.resize(family.units.size());
    std::vector<std::size_t> order(family.units.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = 0; i < order.size() && found.size() < found_max; ++i) {
      const auto& unit = table.units[family.units[i]];
      if (not_sums.contains(unit.id)) continue;
      const double needed = bits_needed(order.size(), unit.name);
      std::string of;
      if (is_sum_of_others(family.figures, i, unit.name, {}) >= needed) {
        of = fmt::format("of all {} others", grouped(order.size() - 1));
      } else if (const auto before = run_of(family.figures, order, i, -1, needed)) {
        of = fmt::format("of the {} before it, from {} on", *before,
                         shown(table.units[family.units[i - *before]].name));
      } else if (const auto behind = run_of(family.figures, order, i, 1, needed)) {
        of = fmt::format("of the {} behind it, up to {}", *behind,
                         shown(table.units[family.units[i + *behind]].name));
      }
      if (of.empty() && is_called_total(unit.name)) of = nearly_sum_of_others(family.figures, i);
      if (!of.empty())
        found.push_back({FoundSum::What::unit, unit.id, {}, of, one_figure(family.figures, i)});
    }
  }
}

void find_options(const ResultsTable& table, const std::set<std::string>& not_sums,
                  std::vector<FoundSum>& found) {
  std::vector<Points<std::pair<std::uint32_t, std::uint16_t>>> points(table.contests.size());
  std::vector<Figures> figures(table.contests.size());
  for (const Cell& cell : table.cells) {
    if (cell.column >= slot::first_counter) continue;
    figures[cell.contest].add(cell.column, points[cell.contest].of({cell.unit, cell.method}), cell);
  }
  for (std::size_t c = 0; c < figures.size(); ++c) {
    Figures& of = figures[c];
    const auto& options = table.contests[c].options;
    of.of.resize(options.size());
    for (auto& each : of.of) std::sort(each.begin(), each.end());
    if (options.size() < 2) continue;
    for (std::size_t i = 0; i < options.size() && found.size() < found_max; ++i) {
      if (not_sums.contains(options[i].id)) continue;
      const double needed = bits_needed(options.size(), options[i].name);
      // Blanks or invalid ones may stand among the options and not be in the sum.
      for (std::size_t without = 0; without <= options.size(); ++without) {
        if (without > 0 && options.size() > options_tried_max) break;
        const std::array<std::size_t, 1> left_out{without - 1};
        const std::span<const std::size_t> none;
        if (without > 0 && left_out[0] == i) continue;
        if (is_sum_of_others(of, i, options[i].name, without == 0 ? none : std::span(left_out)) <
            needed)
          continue;
        found.push_back(
            {FoundSum::What::option, options[i].id, table.contests[c].id,
             without == 0 ? "of all others"
                          : fmt::format("of all others but {}", shown(options[without - 1].name)),
             one_figure(of, i)});
        break;
      }
    }
  }
}

void find_methods(const ResultsTable& table, const std::set<std::string>& not_sums,
                  std::vector<FoundSum>& found) {
  if (table.methods.size() < 2) return;
  Points<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>> points;
  Figures figures;
  for (const Cell& cell : table.cells) {
    if (cell.column == slot::registered) continue;
    figures.add(cell.method, points.of({cell.unit, cell.contest, cell.column}), cell);
  }
  figures.of.resize(table.methods.size());
  for (auto& each : figures.of) std::sort(each.begin(), each.end());
  for (std::size_t i = 0; i < table.methods.size(); ++i) {
    const auto& method = table.methods[i];
    if (not_sums.contains(method.id)) continue;
    if (is_sum_of_others(figures, i, method.name, {}) <
        bits_needed(table.methods.size(), method.name))
      continue;
    found.push_back(
        {FoundSum::What::method, method.id, {}, "of all others", one_figure(figures, i)});
  }
}

}  // namespace

std::vector<FoundSum> find_sums(const ResultsTable& table, const std::set<std::string>& not_sums) {
  std::vector<FoundSum> found;
  find_units(table, not_sums, found);
  find_options(table, not_sums, found);
  find_methods(table, not_sums, found);
  return found;
}

}  // namespace teller
