// Checks the reports of a contest against one another: the same votes twice, a share far from those
// of the units beside it, a unit that says nothing while those beside it do.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/findings_to.h"
#include "publish/two_levels.h"

namespace teller {
namespace {

std::string plain(std::int64_t figure) { return grouped(static_cast<std::uint64_t>(figure)); }

// The votes of a report by option, where all of them are numbers.
std::optional<std::vector<std::int64_t>> votes_by_option(const ContestReports& reports,
                                                         std::size_t report) {
  std::vector<std::int64_t> votes;
  for (std::size_t o = 0; o < reports.contest().options.size(); ++o) {
    const auto given = reports.figure(report, static_cast<std::uint16_t>(o));
    if (!given) return std::nullopt;
    votes.push_back(*given);
  }
  return votes;
}

std::int64_t sum_of(const std::vector<std::int64_t>& votes) {
  std::int64_t sum = 0;
  for (const std::int64_t one : votes) sum += one;
  return sum;
}

// "500, 320, 12 …": as many as a line takes.
std::string first_votes(const std::vector<std::int64_t>& votes) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(votes.size(), shown); ++i) {
    text += (i == 0 ? "" : "; ") + plain(votes[i]);
  }
  return votes.size() > shown ? text + "; …" : text;
}

void tell_same_votes(const ContestReports& reports, const std::vector<std::size_t>& same,
                     const std::vector<std::int64_t>& votes, FindingsTo& to) {
  constexpr std::size_t named = 4;
  std::vector<UnitId> units;
  std::string others;
  for (const std::size_t report : same) units.push_back(reports.cell(report).unit);
  for (std::size_t i = 1; i < std::min(same.size(), named); ++i) {
    others += (i == 1 ? "" : ", ") + reports.rules().units.at(units[i].value).name;
  }
  if (same.size() > named) others += fmt::format(" and {} more", same.size() - named);
  to.found(
      CheckKind::same_votes, reports.id(), std::move(units), reports.cell(same[0]).method,
      fmt::format("{}: the same {} votes of all {} options as in {} ({})", reports.place(same[0]),
                  plain(sum_of(votes)), votes.size(), others, first_votes(votes)));
}

void check_same_votes(const ContestReports& reports, FindingsTo& to) {
  const CheckRules::SameVotes& rule = to.rules().same_votes;
  std::map<std::vector<std::int64_t>, std::vector<std::size_t>> alike;
  for (std::size_t r = 0; r < reports.size(); ++r) {
    auto votes = votes_by_option(reports, r);
    if (!votes || sum_of(*votes) < rule.votes_min) continue;
    const auto large = std::ranges::count_if(
        *votes, [&](std::int64_t of_option) { return of_option >= rule.each_min; });
    if (large < rule.options_min) continue;
    to.held(CheckKind::same_votes);
    std::vector<std::size_t>& same = alike[std::move(*votes)];
    // One unit may well have as many by post as in person.
    if (same.empty() || reports.cell(same.back()).unit != reports.cell(r).unit) same.push_back(r);
  }
  std::vector<std::pair<std::size_t, const std::vector<std::int64_t>*>> found;
  for (const auto& [votes, same] : alike) {
    if (same.size() > 1) found.emplace_back(same.front(), &votes);
  }
  std::ranges::sort(found);
  for (const auto& [first, votes] : found) tell_same_votes(reports, alike.at(*votes), *votes, to);
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// Reports of the units with one parent, with one method.
struct Siblings {
  std::vector<std::size_t> reports;
  std::vector<std::vector<std::int64_t>> votes;
  std::vector<std::int64_t> sums;
};

// How far the share of one option of a report is from the usual one, in percentage points.
struct Distance {
  double points = 0, share = 0, median = 0, spread = 0;
  std::size_t option = 0;
};

// Of each report the option that is farthest, if it is far at all.
std::vector<std::optional<Distance>> far_ones(const Siblings& beside, std::size_t options,
                                              const CheckRules::FarShare& rule) {
  std::vector<std::optional<Distance>> far(beside.reports.size());
  std::vector<double> shares(beside.reports.size()), distances(beside.reports.size());
  for (std::size_t o = 0; o < options; ++o) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] =
          100.0 * static_cast<double>(beside.votes[i][o]) / static_cast<double>(beside.sums[i]);
    }
    const double median = median_of(shares);
    for (std::size_t i = 0; i < shares.size(); ++i) distances[i] = std::abs(shares[i] - median);
    const double spread = median_of(distances);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const bool is_far = distances[i] > static_cast<double>(rule.points_above) &&
                          distances[i] > static_cast<double>(rule.times_spread) * spread;
      if (is_far && (!far[i] || distances[i] > far[i]->points)) {
        far[i] = Distance{distances[i], shares[i], median, spread, o};
      }
    }
  }
  return far;
}

// "Ash", or "the election" of units without a parent.
std::string parent_name(const Rules& rules, const std::optional<UnitId>& parent) {
  return parent ? rules.units.at(parent->value).name : rules.election;
}

void check_far_share(const ContestReports& reports, FindingsTo& to) {
  const CheckRules::FarShare& rule = to.rules().far_share;
  const Rules& rules = reports.rules();
  std::map<std::tuple<std::optional<UnitId>, MethodId>, Siblings> groups;
  for (std::size_t r = 0; r < reports.size(); ++r) {
    auto votes = votes_by_option(reports, r);
    if (!votes || !reports.votes(r).all || sum_of(*votes) < rule.votes_min) continue;
    const auto& [unit, method, from_sheets] = reports.cell(r);
    Siblings& beside = groups[{rules.units.at(unit.value).parent, method}];
    beside.reports.push_back(r);
    beside.votes.push_back(std::move(*votes));
    beside.sums.push_back(reports.votes(r).known);
  }
  const auto& options = reports.contest().options;
  for (const auto& [of, beside] : groups) {
    if (std::ssize(beside.reports) < rule.units_min) continue;
    const auto far = far_ones(beside, options.size(), rule);
    for (std::size_t i = 0; i < far.size(); ++i) {
      to.held(CheckKind::far_share);
      if (!far[i]) continue;
      to.found(
          CheckKind::far_share, reports, beside.reports[i],
          fmt::format("{} of {} votes for {}, {:.2f} %", plain(beside.votes[i][far[i]->option]),
                      plain(beside.sums[i]), options[far[i]->option].name, far[i]->share),
          fmt::format(
              "the median of {} units in {} is {:.2f} %, and half of them are within {:.2f} "
              "points of it",
              plain(std::ssize(far)), parent_name(rules, std::get<0>(of)), far[i]->median,
              far[i]->spread));
    }
  }
}

// Whether the unit, or one that it lies in, was heard from.
bool heard_at_or_above(const Rules& rules, const std::vector<bool>& heard, UnitId unit) {
  for (std::optional<UnitId> at = unit; at; at = rules.units.at(at->value).parent) {
    if (heard.at(at->value)) return true;
  }
  return false;
}

void check_silent_units(const ContestReports& reports, FindingsTo& to) {
  const CheckRules::SilentUnit& rule = to.rules().silent_unit;
  const Rules& rules = reports.rules();
  std::vector<bool> heard(rules.units.size());
  for (std::size_t r = 0; r < reports.size(); ++r) heard[reports.cell(r).unit.value] = true;
  struct Beside {
    std::int64_t units = 0, reported = 0;
  };
  std::map<std::optional<UnitId>, Beside> groups;
  const std::vector<UnitId> expected = rules.units_expected(reports.id());
  for (const UnitId unit : expected) {
    Beside& beside = groups[rules.units.at(unit.value).parent];
    ++beside.units;
    if (heard[unit.value]) ++beside.reported;
  }
  for (const UnitId unit : expected) {
    const auto& parent = rules.units.at(unit.value).parent;
    const Beside& beside = groups.at(parent);
    to.held(CheckKind::silent_unit);
    if (beside.units < rule.units_min || heard_at_or_above(rules, heard, unit)) continue;
    if (100 * beside.reported < rule.reported_percent * (beside.units - 1)) continue;
    to.found(CheckKind::silent_unit, reports.id(), {unit}, std::nullopt,
             reports.place(unit) + ": not reported yet",
             fmt::format("{} of {} units in {} have", plain(beside.reported), plain(beside.units),
                         parent_name(rules, parent)));
  }
}

// Sheets of a unit beside sheets of the units in it.
void check_two_levels(const ContestReports& reports, FindingsTo& to) {
  for (std::size_t r = 0; r < reports.size(); ++r) {
    if (reports.cell(r).from_sheets) to.held(CheckKind::two_levels);
  }
  for (const TwoLevels& levels : two_levels(reports.rules(), reports.id(), reports.figures())) {
    std::vector<UnitId> units{levels.above};
    units.insert(units.end(), levels.below.begin(), levels.below.end());
    to.found(CheckKind::two_levels, reports.id(), std::move(units), levels.method,
             in_words(levels, reports.rules(), reports.id()));
  }
}

}  // namespace

void check_among_reports(const ContestReports& reports, FindingsTo& to) {
  if (to.wanted(CheckKind::same_votes)) check_same_votes(reports, to);
  if (to.wanted(CheckKind::far_share)) check_far_share(reports, to);
  if (to.wanted(CheckKind::silent_unit)) check_silent_units(reports, to);
  if (to.wanted(CheckKind::two_levels)) check_two_levels(reports, to);
}

}  // namespace teller
