#include "results/sums_of_units.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "count/step.h"
#include "results/sum_figures.h"
#include "results/sum_names.h"
#include "results/sums_of_some.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller::sums {
namespace {

// Whether the figures of `thing` are the sums of a run of its neighbours in the file: those just
// before it (step -1), or just behind it. The largest figure finds the run, the others hold it up.
std::optional<std::size_t> run_of(const Figures& figures, std::size_t at, int step, double needed) {
  const auto& mine = figures.of[at];
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
       i >= 0 && i < static_cast<std::ptrdiff_t>(figures.of.size()) && sum < largest->second;
       i += step) {
    sum += value_of(static_cast<std::size_t>(i), largest->first);
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
      const std::uint64_t one = value_of(static_cast<std::size_t>(neighbour), point);
      others += one;
      summands += one > 0 ? 1 : 0;
    }
    if (others != value) return std::nullopt;
    if (summands >= 2) sure += bits(value);
  }
  return sure >= needed ? std::optional(length) : std::nullopt;
}

// A sum of one: what is called as another thing and a total of it ("Ward 1 Total" beside the units in "Ward 1"), and has
// its figures.
std::optional<std::size_t> is_total_of_one(const Figures& figures, std::size_t thing,
                                           std::string_view name,
                                           std::span<const std::string> names) {
  if (!is_called_total(name)) return std::nullopt;
  for (std::size_t other = 0; other < names.size(); ++other) {
    if (other == thing || names[other].empty() || !name.contains(names[other]) ||
        figures.of[other].empty() || figures.of[other] != figures.of[thing])
      continue;
    return other;
  }
  return std::nullopt;
}

// Of a few things that are called otherwise than most (a city among numbered precincts): some of those that most are
// called like, wherever they stand, whose sum each of its figures is. Nothing where that may be chance.
class MixedSums {
 public:
  MixedSums(const Figures& figures, std::span<const std::string> names) : figures_(figures) {
    std::map<std::string, std::vector<std::size_t>> by_shape;
    for (std::size_t i = 0; i < names.size(); ++i) by_shape[digits_as_marks(names[i])].push_back(i);
    for (auto& [shape, things] : by_shape) {
      if (things.size() > among_.size()) among_ = things;
    }
    if (among_.size() == names.size() || among_.size() < 4 || among_.size() > some_among_max ||
        names.size() - among_.size() > odd_max)
      among_.clear();
  }

  // How many make it up; 0: none.
  [[nodiscard]] std::size_t of(std::size_t thing) const {
    if (among_.empty() || std::ranges::find(among_, thing) != among_.end()) return 0;
    // What they have at other points it would have as well.
    return some_that_make(figures_, thing, among_, {.needed = 9.0, .everywhere = true}).size();
  }

 private:
  static constexpr std::size_t odd_max = 12;
  const Figures& figures_;
  std::vector<std::size_t> among_;
};

// Without a name it takes more: each figure comes within a hundredth of the sum of three others at
// least, and together they are nearer than chance.
std::string is_nearly_each_sum(const Figures& figures, std::size_t thing, double needed) {
  constexpr std::uint64_t large = 100, near = 100;
  double sure = 0;
  std::size_t points = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    const std::uint64_t others = figures.sum[point] - value;
    const std::uint64_t apart = others > value ? others - value : value - others;
    if (apart > std::max<std::uint64_t>(2, others / near)) {
      // What is kept back there may be large; where it is small, the sum shows all the same.
      if (figures.has_gaps[point]) continue;
      return {};
    }
    if (others < large || figures.above_zero[point] < 4) continue;
    ++points;
    sure += std::log2(static_cast<double>(others) / static_cast<double>(2 * apart + 1));
  }
  if (points < 2 || sure < needed) return {};
  return "of all others, or nearly: each of its figures is within a hundredth";
}

// Sums of runs of things in the order of the file, wherever the run is.
class Runs {
 public:
  explicit Runs(const Figures& figures) : figures_(figures) {
    for (std::size_t thing = 0; thing < figures.of.size(); ++thing) {
      for (const auto& [point, value] : figures.of[thing])
        if (!figures.has_gaps[point]) whole_[point] += value;
    }
  }

  // The run whose sum each figure of `thing` is; how many things it may be compared with at most.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> of(std::size_t thing,
                                                                      double needed) {
    constexpr std::size_t steps_max = 200'000'000;
    const std::size_t things = figures_.of.size();
    auto mine = figures_.of[thing];
    std::erase_if(mine, [&](const auto& one) { return figures_.has_gaps[one.first]; });
    std::sort(mine.begin(), mine.end(),
              [](const auto& a, const auto& b) { return a.second > b.second; });
    double most = 0;
    for (const auto& [point, value] : mine) most += bits(value);
    if (mine.empty() || most < needed || things * things > steps_max) return std::nullopt;
    const auto& sums = before(mine.front().first);
    const std::uint64_t value = mine.front().second;
    std::size_t from = 0;
    for (std::size_t to = 1; to <= things; ++to) {
      while (from < to && sums[to] - sums[from] > value) ++from;
      if (sums[to] - sums[from] != value || sums[to] == sums[to - 1]) continue;
      std::size_t begin = from;
      while (begin + 1 < to && sums[begin + 1] == sums[begin]) ++begin;
      if (to - begin < 2 || (begin <= thing && thing < to)) continue;
      if (fits(mine, thing, begin, to, needed)) return std::pair(begin, to);
    }
    return std::nullopt;
  }

  // How many at the end (or the front) are, taken together, all that the others are; 0: none.
  [[nodiscard]] std::size_t half(bool at_end, double needed) {
    const std::size_t things = figures_.of.size();
    std::unordered_map<std::uint32_t, std::uint64_t> sums;
    std::size_t equal = 0;  // Points at which the two sides are.
    double sure = 0;
    for (std::size_t length = 1; 2 * length < things; ++length) {
      for (const auto& [point, value] : figures_.of[at_end ? things - length : length - 1]) {
        if (figures_.has_gaps[point] || value == 0) continue;
        std::uint64_t& sum = sums[point];
        const std::uint64_t whole = whole_.at(point);
        if (sum * 2 == whole && sum > 0) {
          --equal;
          sure -= bits(sum);
        }
        sum += value;
        if (sum * 2 == whole) {
          ++equal;
          sure += bits(sum);
        }
      }
      if (length > 1 && equal == points_above_zero() && sure >= needed) return length;
    }
    return 0;
  }

 private:
  using Values = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

  [[nodiscard]] std::size_t points_above_zero() {
    if (points_ == 0)
      points_ = static_cast<std::size_t>(std::count_if(
          whole_.begin(), whole_.end(), [](const auto& one) { return one.second > 0; }));
    return points_;
  }

  [[nodiscard]] bool fits(const Values& mine, std::size_t thing, std::size_t begin, std::size_t to,
                          double needed) {
    double sure = 0;
    for (const auto& [point, value] : mine) {
      const auto& sums = before(point);
      if (sums[to] - sums[begin] != value) return false;
      std::size_t summands = 0;
      for (std::size_t i = begin; i < to && summands < 2; ++i) summands += sums[i + 1] > sums[i];
      if (summands >= 2) sure += bits(value);
    }
    // What they have in sum at other points it would have as well.
    for (std::size_t i = begin; i < to && sure >= needed; ++i) {
      for (const auto& [point, value] : figures_.of[i]) {
        if (value == 0 || figures_.has_gaps[point]) continue;
        const auto& own = figures_.of[thing];
        const auto found =
            std::lower_bound(own.begin(), own.end(), std::pair(point, std::uint64_t{0}));
        if (found == own.end() || found->first != point) return false;
      }
    }
    return sure >= needed;
  }

  // [i]: the sum of all things before i at this point.
  const std::vector<std::uint64_t>& before(std::uint32_t point) {
    auto& sums = before_[point];
    if (!sums.empty()) return sums;
    constexpr std::size_t kept_max = 16'000'000;
    if (before_.size() * figures_.of.size() > kept_max) {
      before_.clear();
      return before(point);
    }
    sums.assign(figures_.of.size() + 1, 0);
    for (std::size_t thing = 0; thing < figures_.of.size(); ++thing) {
      const auto& theirs = figures_.of[thing];
      const auto found =
          std::lower_bound(theirs.begin(), theirs.end(), std::pair(point, std::uint64_t{0}));
      sums[thing + 1] =
          sums[thing] + (found == theirs.end() || found->first != point ? 0 : found->second);
    }
    return sums;
  }

  const Figures& figures_;
  std::unordered_map<std::uint32_t, std::uint64_t> whole_;  // By point.
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> before_;
  std::size_t points_ = 0;
};

// Siblings: the figures of a unit are those of all units below it.
struct Family {
  Points<std::tuple<std::uint16_t, std::uint16_t, std::uint16_t>> points;
  Figures figures;
  std::vector<std::size_t> units;
  std::vector<std::string> names;  // Of the units.
  std::unordered_map<std::uint32_t, std::size_t> place;
  std::map<std::pair<std::size_t, std::uint32_t>, ResultsTable::Cell> sums;
  bool has_totals = false;                                  // Units that are called so; then:
  std::set<std::pair<std::size_t, std::uint16_t>> reports;  // Places of units, and contests.
};

// Level by level, by parent.
std::map<std::int32_t, Family> families_of(const ResultsTable& table) {
  std::map<std::int32_t, Family> families;
  for (std::uint32_t i = 0; i < table.units.size(); ++i) {
    Family& family = families[table.units[i].parent];
    family.place.emplace(i, family.units.size());
    family.units.push_back(i);
    family.names.push_back(table.units[i].name);
    family.has_totals = family.has_totals || is_called_total(table.units[i].name);
  }
  std::erase_if(families, [](const auto& family) { return family.second.units.size() < 2; });
  for (const ResultsTable::Cell& cell : table.cells) {
    // Registered voters of a total are often of another day, or left out.
    if (cell.column >= slot::first_counter) continue;
    for (std::int32_t unit = static_cast<std::int32_t>(cell.unit); unit >= 0;) {
      const std::int32_t parent = table.units[static_cast<std::size_t>(unit)].parent;
      if (const auto family = families.find(parent); family != families.end()) {
        Family& of = family->second;
        const std::size_t place = of.place.at(static_cast<std::uint32_t>(unit));
        ResultsTable::Cell& sum =
            of.sums[{place, of.points.of({cell.contest, cell.method, cell.column})}];
        sum.withheld = sum.withheld || cell.withheld;
        sum.value += cell.value;
        if (of.has_totals) of.reports.emplace(place, cell.contest);
      }
      unit = parent;
    }
  }
  for (auto& [parent, family] : families) {
    for (const auto& [key, cell] : family.sums) family.figures.add(key.first, key.second, cell);
    family.figures.of.resize(family.units.size());
  }
  return families;
}

// Those of a family that are called totals, but for one; of very many nothing.
std::vector<std::size_t> totals_beside(const Family& family, std::size_t thing) {
  constexpr std::size_t totals_max = 500;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < family.names.size(); ++i) {
    if (i != thing && (is_called_total(family.names[i]) || is_called_whole(family.names[i])))
      found.push_back(i);
  }
  return found.size() > totals_max ? std::vector<std::size_t>() : found;
}

// Ways to find a sum that look at all siblings at once.
struct FamilySums {
  Runs runs;
  std::map<std::size_t, std::vector<std::size_t>> by_name;
  MixedSums mixed;
  explicit FamilySums(const Family& family)
      : runs(family.figures),
        by_name(sums_of_their_names(family.figures, family.names)),
        mixed(family.figures, family.names) {}
};

// What the unit at `i` of a family is the sum of, in words; mostly nothing.
std::string sum_in_family(const ResultsTable& table, const Family& family, FamilySums& sums,
                          std::size_t i) {
  const auto& unit = table.units[family.units[i]];
  const auto name = [&](std::size_t place) { return shown(table.units[family.units[place]].name); };
  const bool is_parents_name =
      unit.parent >= 0 && table.units[static_cast<std::size_t>(unit.parent)].name == unit.name;
  const bool is_whole = is_called_whole(unit.name);
  const std::size_t units = family.units.size();
  const double needed =
      bits_needed(units, is_named_as_sum(unit.name) || is_whole || is_parents_name);
  if (is_sum_of_others(family.figures, i, needed < 9.0, {}) >= needed)
    return fmt::format("of all {} others", grouped(units - 1));
  if (const auto one = is_total_of_one(family.figures, i, unit.name, family.names))
    return fmt::format("of {}", name(*one));
  if (const auto parts = sums.by_name.find(i); parts != sums.by_name.end())
    return fmt::format("of {} that are called like it, as {}", parts->second.size(),
                       name(parts->second.front()));
  // Of the parts that have totals too, those are left out.
  const auto totals = needed < 9.0 ? totals_beside(family, i) : std::vector<std::size_t>();
  if (!totals.empty() && is_sum_of_others(family.figures, i, true, totals) >= needed)
    return fmt::format("of all {} others that are called no total",
                       grouped(units - 1 - totals.size()));
  if (const auto before = run_of(family.figures, i, -1, needed))
    return fmt::format("of the {} before it, from {} on", *before, name(i - *before));
  if (const auto behind = run_of(family.figures, i, 1, needed))
    return fmt::format("of the {} behind it, up to {}", *behind, name(i + *behind));
  // There are as many runs as pairs of units.
  const double for_runs = 12.0 + 3.0 * std::log2(static_cast<double>(units));
  if (const auto run = sums.runs.of(i, for_runs)) {
    return fmt::format("of the {} from {} to {}", run->second - run->first, name(run->first),
                       name(run->second - 1));
  }
  if (const std::size_t of = sums.mixed.of(i); of > 0)
    return fmt::format("of {} of the others, which stand among them", of);
  if (is_called_total(unit.name)) return nearly_sum_of_others(family.figures, i, 10, totals);
  if (is_whole) return nearly_sum_of_others(family.figures, i, 50, totals);
  // A sum stands at an end of what it adds up.
  const bool is_at_end = i == 0 || i + 1 == units;
  return is_nearly_each_sum(family.figures, i, (is_at_end ? 1.0 : 1.5) * bits_needed(units, false));
}

// Of a unit that is called a total, though its figures say nothing of it: what it stands beside, in words.
std::string stands_beside_units(const Family& family, std::size_t unit) {
  std::set<std::uint16_t> contests;  // In which it has figures, or would have.
  for (const auto& [key, contest] : family.reports) {
    if (key == unit) contests.insert(contest);
  }
  std::set<std::size_t> others;
  for (const auto& [key, contest] : family.reports) {
    if (contests.contains(contest) && !is_called_total(family.names[key])) others.insert(key);
  }
  if (others.empty()) return {};
  std::uint64_t mine = 0, theirs = 0;
  for (const auto& [point, value] : family.figures.of[unit]) mine += value;
  for (const std::size_t other : others) {
    for (const auto& [point, value] : family.figures.of[other]) theirs += value;
  }
  if (mine == 0) return {};  // Nothing is counted twice.
  return fmt::format("beside {} others: {} votes beside {}", grouped(others.size()), grouped(mine),
                     grouped(theirs));
}

}  // namespace

void find_units(const ResultsTable& table, const std::set<std::string>& not_sums,
                std::vector<FoundSum>& found) {
  for (const auto& [parent, family] : families_of(table)) {
    FamilySums sums(family);
    const std::size_t units = family.units.size();
    const auto unit = [&, &of = family](std::size_t place) -> const auto& {
      return table.units[of.units[place]];
    };
    const std::size_t found_before = found.size();
    for (std::size_t i = 0; i < units && found.size() < sums_found_max; ++i) {
      if (not_sums.contains(unit(i).id)) continue;
      if (const std::string of = sum_in_family(table, family, sums, i); !of.empty()) {
        found.push_back({.what = FoundSum::What::unit,
                         .name = unit(i).id,
                         .contest = {},
                         .of = of,
                         .evidence = one_figure(family.figures, i),
                         .names_say_so = sums.by_name.contains(i)});
      } else if (is_called_total(unit(i).name)) {
        if (const std::string beside = stands_beside_units(family, i); !beside.empty())
          found.push_back({.what = FoundSum::What::unit,
                           .name = unit(i).id,
                           .of = beside,
                           .by_name_alone = true});
      }
    }
    // Sums of parts that nobody finds one by one stand together behind all parts, or before them.
    for (const bool at_end : {true, false}) {
      if (found.size() > found_before || found.size() >= sums_found_max) break;
      const std::size_t length = sums.runs.half(at_end, bits_needed(units, false));
      const std::size_t first = at_end ? units - length : 0;
      if (length == 0 || not_sums.contains(unit(first).id)) continue;
      found.push_back({FoundSum::What::unit,
                       unit(first).id,
                       {},
                       fmt::format("of all {} others, together with those up to {}",
                                   grouped(units - length), shown(unit(first + length - 1).name)),
                       one_figure(family.figures, first)});
    }
  }
}

}  // namespace teller::sums
