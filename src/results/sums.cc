#include "results/sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "base/grouped.h"
#include "count/step.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Cell = ResultsTable::Cell;

constexpr std::size_t found_max = 100;
constexpr std::size_t options_tried_max = 200;

// Words in which publishers say that something is a sum.
}  // namespace

bool is_named_as_sum(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  for (const std::string_view word :
       {"total",    "sum of", "summe",  "gesamt", "ballots cast", "votes cast",
        "suma",     "somme",  "totaal", "totale", "insgesamt",    "合計",
        "合计",     "總計",   "总计",   "小計",   "小计",         "итого",
        "ИТОГО",    "Итого",  "всего",  "Всего",  "ogółem",       "razem",
        "összesen", "celkem", "spolu",  "toplam", "yhteensä",     "i alt",
        "σύνολο",   "ΣΥΝΟΛΟ", "jumlah", "합계",   "รวม",          "مجموع"}) {
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
  for (const std::string_view word :
       {" total ",     " totals ", " totale ", " totaal ", " totalt ", " subtotal ",
        " sum ",       " suma ",   " somme ",  " summe ",  " summa ",  " gesamt ",
        " insgesamt ", " ogółem ", " razem ",  " celkem ", " toplam ", " összesen ",
        " yhteensä ",  " итого ",  " Итого ",  " ИТОГО ",  " всего ",  " Всего ",
        "合計",        "合计",     "總計",     "总计",     "小計",     "합계"}) {
    if (words.contains(word)) return true;
  }
  return false;
}

// Words for all of a place, where the places in it stand beside it.
bool is_called_whole(std::string_view name) {
  const std::string lower = plain_word(name);
  for (const std::string_view word :
       {"countywide", "county wide", "county-wide", "citywide", "statewide", "state wide",
        "nationwide", "jurisdiction wide", "jurisdiction-wide", "jurisdictionwide", "all precincts",
        "all pcts", "all of ", "whole of ", "all units", "all districts", "all counties",
        "everything", "grand total"}) {
    if (lower.contains(word)) return true;
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
double bits_needed(std::size_t things, bool is_named) {
  return is_named ? 3.0 : 9.0 + 2.0 * std::log2(static_cast<double>(things));
}

double bits(std::uint64_t value) { return std::log2(static_cast<double>(value) + 1.0); }

// Whether each figure of `thing` is the sum of all others' but those of `without`; how surely.
// A figure that equals a single other one says something only of what is named as a sum.
double is_sum_of_others(const Figures& figures, std::size_t thing, bool is_named,
                        std::span<const std::size_t> without) {
  const std::uint32_t summands_needed = is_named ? 1 : 2;
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

// Things that are called as another one and more ("P1 Early", "P1 Mail" beside "P1"): by place of the other, where its
// figures are the sum of theirs. The name says what is added up, so that few figures are enough.
std::map<std::size_t, std::vector<std::size_t>> sums_of_their_names(
    const Figures& figures, std::span<const std::string> names) {
  std::vector<std::size_t> by_name(names.size());
  for (std::size_t i = 0; i < by_name.size(); ++i) by_name[i] = i;
  std::ranges::sort(by_name, {}, [&](std::size_t i) { return std::string_view(names[i]); });
  std::map<std::size_t, std::vector<std::size_t>> found;
  for (std::size_t at = 0; at < by_name.size(); ++at) {
    const std::size_t thing = by_name[at];
    const std::string& name = names[thing];
    std::vector<std::size_t> parts;
    for (std::size_t k = at + 1; k < by_name.size() && names[by_name[k]].starts_with(name); ++k) {
      // "P1" is not the beginning of "P10".
      const std::string_view more = std::string_view(names[by_name[k]]).substr(name.size());
      if (!name.empty() && !more.empty() && std::string_view(" -–:,(/_").contains(more.front()))
        parts.push_back(by_name[k]);
    }
    if (parts.size() < 2) continue;
    std::map<std::uint32_t, std::uint64_t> sums;
    for (const std::size_t part : parts) {
      for (const auto& [point, value] : figures.of[part]) sums[point] += value;
    }
    double sure = 0;
    const bool is_sum = std::ranges::all_of(figures.of[thing], [&](const auto& figure) {
      sure += bits(figure.second);
      return figures.has_gaps[figure.first] || sums[figure.first] == figure.second;
    });
    if (is_sum && sure >= bits_needed(names.size(), true)) found.emplace(thing, std::move(parts));
  }
  return found;
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
    if (among_.size() == names.size() || among_.size() < 4 || among_.size() > among_max ||
        names.size() - among_.size() > odd_max)
      among_.clear();
    if (among_.empty()) return;
    const std::size_t half = among_.size() / 2;
    front_ = subsets({among_.begin(), among_.begin() + static_cast<std::ptrdiff_t>(half)});
    back_ = subsets({among_.begin() + static_cast<std::ptrdiff_t>(half), among_.end()});
    std::ranges::sort(back_);
  }

  // How many make it up; 0: none.
  [[nodiscard]] std::size_t of(std::size_t thing) const {
    if (among_.empty() || std::ranges::find(among_, thing) != among_.end()) return 0;
    double sure = 0;
    for (const auto& [point, value] : figures_.of[thing]) {
      if (!figures_.has_gaps[point]) sure += bits(value);
    }
    // There are so many ways to choose some of them.
    if (sure < static_cast<double>(among_.size()) + 9.0) return 0;
    const std::uint64_t whole = key_of(thing);
    for (const auto& [key, chosen] : front_) {
      const auto rest = std::ranges::lower_bound(back_, std::pair(whole - key, std::uint32_t{0}));
      if (rest == back_.end() || rest->first != whole - key) continue;
      const int number = std::popcount(chosen) + std::popcount(rest->second);
      if (number > 1) return static_cast<std::size_t>(number);
    }
    return 0;
  }

 private:
  static constexpr std::size_t among_max = 24, odd_max = 12;
  using Subset = std::pair<std::uint64_t, std::uint32_t>;  // The sum of keys; which of them.

  // Of all figures of a thing one number, so that the number of a sum is the sum of numbers.
  [[nodiscard]] std::uint64_t key_of(std::size_t thing) const {
    std::uint64_t key = 0;
    for (const auto& [point, value] : figures_.of[thing]) {
      std::uint64_t mixed = (point + 1) * 0x9E3779B97F4A7C15U;
      mixed = (mixed ^ (mixed >> 31U)) * 0xBF58476D1CE4E5B9U;
      if (!figures_.has_gaps[point]) key += value * (mixed | 1U);
    }
    return key;
  }
  [[nodiscard]] std::vector<Subset> subsets(const std::vector<std::size_t>& things) const {
    std::vector<Subset> all{{0, 0}};
    for (std::size_t i = 0; i < things.size(); ++i) {
      const std::uint64_t key = key_of(things[i]);
      const std::size_t before = all.size();
      for (std::size_t k = 0; k < before; ++k)
        all.emplace_back(all[k].first + key, all[k].second | (1U << i));
    }
    return all;
  }

  const Figures& figures_;
  std::vector<std::size_t> among_;
  std::vector<Subset> front_, back_;
};

// What is called a total and comes within one `share`th of all others is one with a mistake in it, or of
// places that are kept back: in words, or nothing.
std::string nearly_sum_of_others(const Figures& figures, std::size_t thing, std::uint64_t share,
                                 std::span<const std::size_t> without = {}) {
  std::uint64_t mine = 0, others = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    mine += value;
    others += figures.sum[point] - value;
  }
  for (const std::size_t left_out : without) {
    for (const auto& [point, value] : figures.of[left_out]) others -= std::min(others, value);
  }
  if (mine == 0 || mine > others + others / share || mine + mine / share < others) return {};
  return fmt::format("of all others, or nearly: {} beside {}", grouped(mine), grouped(others));
}

// Without a name it takes more: each figure comes within a hundredth of the sum of three others at
// least, and together they are nearer than chance.
std::string is_nearly_each_sum(const Figures& figures, std::size_t thing, double needed) {
  constexpr std::uint64_t large = 100, near = 100;
  double sure = 0;
  std::size_t points = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    if (figures.has_gaps[point]) continue;
    const std::uint64_t others = figures.sum[point] - value;
    const std::uint64_t apart = others > value ? others - value : value - others;
    if (apart > std::max<std::uint64_t>(2, others / near)) return {};
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

// Siblings: the figures of a unit are those of all units below it.
struct Family {
  Points<std::tuple<std::uint16_t, std::uint16_t, std::uint16_t>> points;
  Figures figures;
  std::vector<std::size_t> units;
  std::vector<std::string> names;  // Of the units.
  std::unordered_map<std::uint32_t, std::size_t> place;
  std::map<std::pair<std::size_t, std::uint32_t>, Cell> sums;
};

// Level by level, by parent.
std::map<std::int32_t, Family> families_of(const ResultsTable& table) {
  std::map<std::int32_t, Family> families;
  for (std::uint32_t i = 0; i < table.units.size(); ++i) {
    Family& family = families[table.units[i].parent];
    family.place.emplace(i, family.units.size());
    family.units.push_back(i);
    family.names.push_back(table.units[i].name);
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

void find_units(const ResultsTable& table, const std::set<std::string>& not_sums,
                std::vector<FoundSum>& found) {
  for (const auto& [parent, family] : families_of(table)) {
    FamilySums sums(family);
    const std::size_t units = family.units.size();
    const auto unit = [&, &of = family](std::size_t place) -> const auto& {
      return table.units[of.units[place]];
    };
    const std::size_t found_before = found.size();
    for (std::size_t i = 0; i < units && found.size() < found_max; ++i) {
      if (not_sums.contains(unit(i).id)) continue;
      if (const std::string of = sum_in_family(table, family, sums, i); !of.empty()) {
        found.push_back({.what = FoundSum::What::unit,
                         .name = unit(i).id,
                         .contest = {},
                         .of = of,
                         .evidence = one_figure(family.figures, i),
                         .names_say_so = sums.by_name.contains(i)});
      }
    }
    // Sums of parts that nobody finds one by one stand together behind all parts, or before them.
    for (const bool at_end : {true, false}) {
      if (found.size() > found_before || found.size() >= found_max) break;
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
      const bool is_named = is_named_as_sum(options[i].name);
      const double needed = bits_needed(options.size(), is_named);
      const std::size_t found_before = found.size();
      // Blanks or invalid ones may stand among the options and not be in the sum.
      for (std::size_t without = 0; without <= options.size(); ++without) {
        if (without > 0 && options.size() > options_tried_max) break;
        const std::array<std::size_t, 1> left_out{without - 1};
        const std::span<const std::size_t> none;
        if (without > 0 && left_out[0] == i) continue;
        if (is_sum_of_others(of, i, is_named, without == 0 ? none : std::span(left_out)) < needed)
          continue;
        found.push_back(
            {FoundSum::What::option, options[i].id, table.contests[c].id,
             without == 0 ? "of all others"
                          : fmt::format("of all others but {}", shown(options[without - 1].name)),
             one_figure(of, i)});
        break;
      }
      if (found.size() > found_before || !is_called_total(options[i].name)) continue;
      if (const std::string near = nearly_sum_of_others(of, i, 10); !near.empty())
        found.push_back(
            {FoundSum::What::option, options[i].id, table.contests[c].id, near, one_figure(of, i)});
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
    const bool is_named = is_named_as_sum(method.name);
    std::string of;
    if (is_sum_of_others(figures, i, is_named, {}) >= bits_needed(table.methods.size(), is_named)) {
      of = "of all others";
    } else if (is_called_total(method.name)) {
      of = nearly_sum_of_others(figures, i, 10);
    }
    if (!of.empty())
      found.push_back({FoundSum::What::method, method.id, {}, of, one_figure(figures, i)});
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
