#include "results/sums.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "count/step.h"
#include "results/column_words.h"
#include "results/sum_figures.h"
#include "results/sums_of_some.h"
#include "results/sums_of_units.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using sums::bits_needed;
using sums::Figures;
using sums::is_sum_of_others;
using sums::mostly_sum_of_others;
using sums::nearly_sum_of_others;
using sums::one_figure;
using sums::Points;

constexpr std::size_t options_tried_max = 200;

std::string named(std::span<const std::size_t> some, const auto& things) {
  constexpr std::size_t named_max = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(some.size(), named_max); ++i)
    text += (i == 0 ? "" : i + 1 == some.size() ? " and " : ", ") + shown(things[some[i]].name);
  if (some.size() > named_max) text += fmt::format(" and {} more", some.size() - named_max);
  return text;
}

// What a thing is the sum of, of those that stand beside it: some of them, wherever they are; empty: nothing.
std::vector<std::size_t> some_of(const Figures& figures, std::size_t thing, bool is_named) {
  std::vector<std::size_t> all(figures.of.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return sums::some_that_make(figures, thing, all,
                              {.needed = bits_needed(all.size(), is_named), .points_min = 2});
}

// The options of a contest, and their figures by unit and method.
struct OptionFigures {
  Points<std::pair<std::uint32_t, std::uint16_t>> points;
  Figures figures;
  std::vector<std::string> names;
  std::map<std::size_t, std::vector<std::size_t>> by_name;
};

std::string sum_of_options(const OptionFigures& all,
                           const std::vector<ResultsTable::Option>& options, std::size_t i) {
  const bool is_named = is_named_as_sum(options[i].name);
  const double needed = bits_needed(options.size(), is_named);
  if (is_sum_of_others(all.figures, i, is_named, {}) >= needed) return "of all others";
  // Blanks or invalid ones may stand among the options and not be in the sum.
  for (std::size_t k = 0; k < options.size() && options.size() <= options_tried_max; ++k) {
    const std::array<std::size_t, 1> left_out{k};
    if (k != i && is_sum_of_others(all.figures, i, is_named, left_out) >= needed)
      return fmt::format("of all others but {}", shown(options[k].name));
  }
  if (const auto parts = all.by_name.find(i); parts != all.by_name.end())
    return "of those that are called like it: " + named(parts->second, options);
  if (const auto some = some_of(all.figures, i, is_named); !some.empty())
    return "of " + named(some, options);
  if (std::string mostly = mostly_sum_of_others(all.figures, i, needed); !mostly.empty())
    return mostly;
  return is_called_total(options[i].name) ? nearly_sum_of_others(all.figures, i, 10)
                                          : std::string();
}

void find_options(const ResultsTable& table, const std::set<std::string>& not_sums,
                  std::vector<FoundSum>& found) {
  std::vector<OptionFigures> contests(table.contests.size());
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.column >= slot::first_counter) continue;
    OptionFigures& of = contests[cell.contest];
    of.figures.add(cell.column, of.points.of({cell.unit, cell.method}), cell);
  }
  for (std::size_t c = 0; c < contests.size(); ++c) {
    OptionFigures& of = contests[c];
    const auto& options = table.contests[c].options;
    of.figures.of.resize(options.size());
    for (auto& each : of.figures.of) std::sort(each.begin(), each.end());
    if (options.size() < 2) continue;
    for (const auto& option : options) of.names.push_back(option.name);
    of.by_name = sums::sums_of_their_names(of.figures, of.names);
    for (std::size_t i = 0; i < options.size() && found.size() < sums_found_max; ++i) {
      if (not_sums.contains(options[i].id)) continue;
      const std::string what = sum_of_options(of, options, i);
      if (what.empty()) continue;
      found.push_back({.what = FoundSum::What::option,
                       .name = options[i].id,
                       .contest = table.contests[c].id,
                       .of = what,
                       .evidence = one_figure(of.figures, i),
                       .names_say_so = of.by_name.contains(i)});
    }
  }
}

// All votes of a contest, by unit and method.
struct ContestVotes {
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint64_t> votes;
  std::set<std::uint16_t> options;
  std::uint64_t sum = 0;
  double sure = 0;
  bool has_gaps = false;
};

std::vector<ContestVotes> votes_of_contests(const ResultsTable& table) {
  std::vector<ContestVotes> all(table.contests.size());
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.column >= slot::first_counter) continue;
    ContestVotes& of = all[cell.contest];
    of.options.insert(cell.column);
    of.has_gaps = of.has_gaps || cell.withheld;
    if (cell.withheld) continue;
    of.votes[{cell.unit, cell.method}] += cell.value;
    of.sum += cell.value;
    of.sure += sums::bits(cell.value);
  }
  return all;
}

// A contest with one option that is in every place the sum of another contest: "Mayor Total" beside "Mayor". (Several
// options are votes, and those of two contests may well be as many.)
void find_contests(const ResultsTable& table, const std::set<std::string>& not_sums,
                   std::vector<FoundSum>& found) {
  const std::vector<ContestVotes> all = votes_of_contests(table);
  std::multimap<std::uint64_t, std::size_t> by_sum;
  for (std::size_t i = 0; i < all.size(); ++i) by_sum.emplace(all[i].sum, i);
  for (std::size_t i = 0; i < all.size() && found.size() < sums_found_max; ++i) {
    const ContestVotes& one = all[i];
    if (one.options.size() != 1 || one.has_gaps || one.votes.size() < 2 ||
        one.sure < bits_needed(all.size(), false))
      continue;
    const ResultsTable::Option& option = table.contests[i].options[*one.options.begin()];
    if (not_sums.contains(option.id)) continue;
    const auto [from, to] = by_sum.equal_range(one.sum);
    const auto other = std::find_if(from, to, [&](const auto& entry) {
      const ContestVotes& of = all[entry.second];
      return of.options.size() > 1 && !of.has_gaps && of.votes == one.votes;
    });
    if (other == to) continue;
    std::uint64_t most = 0;
    for (const auto& [place, votes] : one.votes) most = std::max(most, votes);
    found.push_back(
        {.what = FoundSum::What::option,
         .name = option.id,
         .contest = table.contests[i].id,
         .of = fmt::format("of all options of {}", shown(table.contests[other->second].id)),
         .evidence = fmt::format("{}, for one", grouped(most))});
  }
}

// Of a method that is called a total, though its figures say nothing of it: what it stands beside in one unit and
// contest, in words. A place that has nothing but a total has no sum.
std::string stands_beside_methods(const ResultsTable& table, std::size_t method) {
  std::set<std::pair<std::uint32_t, std::uint16_t>> places;
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.method == method && cell.column < slot::first_counter)
      places.emplace(cell.unit, cell.contest);
  }
  std::set<std::uint16_t> others;
  std::set<std::pair<std::uint32_t, std::uint16_t>> shared;
  std::uint64_t mine = 0, theirs = 0;
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.method == method || cell.column >= slot::first_counter ||
        !places.contains({cell.unit, cell.contest}))
      continue;
    others.insert(cell.method);
    shared.emplace(cell.unit, cell.contest);
    theirs += cell.value;
  }
  if (others.empty()) return {};
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.method == method && cell.column < slot::first_counter &&
        shared.contains({cell.unit, cell.contest}))
      mine += cell.value;
  }
  if (mine == 0) return {};  // Nothing is counted twice.
  return fmt::format("beside {} others: {} votes beside {}", others.size(), grouped(mine),
                     grouped(theirs));
}

Figures figures_of_methods(const ResultsTable& table) {
  Points<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>> points;
  Figures figures;
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.column == slot::registered) continue;
    figures.add(cell.method, points.of({cell.unit, cell.contest, cell.column}), cell);
  }
  figures.of.resize(table.methods.size());
  for (auto& each : figures.of) std::sort(each.begin(), each.end());
  return figures;
}

// Methods with the same figures in all places, too many for chance: one of them that is called like none, or the
// later one, may be a copy. `found`: what is the sum of others is none.
void find_method_copies(const ResultsTable& table, const std::set<std::string>& not_sums,
                        std::vector<FoundSum>& found) {
  const Figures figures = figures_of_methods(table);
  const auto is_out = [&](std::size_t i) {
    return not_sums.contains(table.methods[i].id) ||
           std::ranges::any_of(found, [&](const FoundSum& sum) {
             return sum.what == FoundSum::What::method && sum.name == table.methods[i].id;
           });
  };
  const auto is_called_so = [&](std::size_t i) {
    return meaning_of(table.methods[i].name).role == Role::method_votes;
  };
  for (std::size_t i = 0; i < table.methods.size(); ++i) {
    for (std::size_t k = i + 1; k < table.methods.size() && found.size() < sums_found_max; ++k) {
      const auto& mine = figures.of[i];
      if (mine != figures.of[k] || is_out(i) || is_out(k)) continue;
      double sure = 0;
      for (const auto& [point, value] : mine) sure += sums::bits(value);
      if (mine.size() < 2 || sure < bits_needed(table.methods.size(), false)) continue;
      const bool is_first = !is_called_so(i) && is_called_so(k);
      found.push_back({.what = FoundSum::What::method,
                       .name = table.methods[is_first ? i : k].id,
                       .of = shown(table.methods[is_first ? k : i].name),
                       .evidence = one_figure(figures, i),
                       .is_copy = true});
    }
  }
}

}  // namespace

std::vector<FoundSum> find_method_sums(const ResultsTable& table,
                                       const std::set<std::string>& not_sums) {
  std::vector<FoundSum> found;
  if (table.methods.size() < 2) return found;
  const Figures figures = figures_of_methods(table);
  for (std::size_t i = 0; i < table.methods.size() && found.size() < sums_found_max; ++i) {
    const auto& method = table.methods[i];
    if (not_sums.contains(method.id)) continue;
    const bool is_named = is_named_as_sum(method.name);
    FoundSum sum{
        .what = FoundSum::What::method, .name = method.id, .evidence = one_figure(figures, i)};
    if (is_sum_of_others(figures, i, is_named, {}) >= bits_needed(table.methods.size(), is_named)) {
      sum.of_all = true;
      sum.of = "of all others";
    } else if (const auto some = some_of(figures, i, is_named); !some.empty()) {
      sum.of = "of " + named(some, table.methods);
      for (const std::size_t part : some) sum.parts.insert(table.methods[part].id);
    }
    if (sum.of.empty()) {
      sum.of = mostly_sum_of_others(figures, i, bits_needed(table.methods.size(), is_named));
      sum.of_all = !sum.of.empty();
    }
    if (sum.of.empty() && (is_called_total(method.name) || is_called_all_methods(method.name))) {
      sum.of = nearly_sum_of_others(figures, i, 10);
      sum.of_all = !sum.of.empty();
      if (sum.of.empty()) {
        sum.of = stands_beside_methods(table, i);
        sum.by_name_alone = true;
      }
    }
    if (!sum.of.empty()) found.push_back(std::move(sum));
  }
  return found;
}

std::vector<FoundSum> find_sums(const ResultsTable& table, const std::set<std::string>& not_sums) {
  std::vector<FoundSum> found;
  sums::find_units(table, not_sums, found);
  find_options(table, not_sums, found);
  find_contests(table, not_sums, found);
  for (FoundSum& sum : find_method_sums(table, not_sums)) found.push_back(std::move(sum));
  find_method_copies(table, not_sums, found);
  return found;
}

std::string in_words(const FoundSum& sum) {
  const char* const what = sum.what == FoundSum::What::unit     ? "unit"
                           : sum.what == FoundSum::What::option ? "option"
                                                                : "method";
  const std::string name =
      fmt::format("the {} {}{}", what, shown(sum.name),
                  sum.contest.empty() ? "" : fmt::format(" of {}", shown(sum.contest)));
  if (sum.is_copy)
    return fmt::format("{} has the same figures as {} in every place ({})", name, sum.of,
                       sum.evidence);
  return sum.by_name_alone ? fmt::format("{} is called a total and stands {}", name, sum.of)
                           : fmt::format("{} is the sum {} ({})", name, sum.of, sum.evidence);
}

}  // namespace teller
