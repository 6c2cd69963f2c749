// Checks the shares of a unit against those that it had at an earlier election. A swing that all units have says
// nothing of one of them, so it is taken off.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/findings_to.h"

namespace teller {
namespace {

// Votes by option, and together.
struct UnitVotes {
  std::vector<std::int64_t> by_option;
  std::int64_t sum = 0;
  bool all = true;  // None is missing.
};

double share_of(const UnitVotes& votes, std::size_t option) {
  return 100.0 * static_cast<double>(votes.by_option[option]) / static_cast<double>(votes.sum);
}

// Of all methods of the unit.
UnitVotes votes_now(const ContestReports& reports, UnitId unit) {
  UnitVotes votes{std::vector<std::int64_t>(reports.contest().options.size()), 0, true};
  const auto [first, last] = reports.of_unit(unit);
  votes.all = first != last;
  for (std::size_t r = first; r < last; ++r) {
    for (std::size_t o = 0; o < votes.by_option.size(); ++o) {
      const auto given = reports.figure(r, static_cast<std::uint16_t>(o));
      votes.by_option[o] += given.value_or(0);
      votes.sum += given.value_or(0);
      votes.all = votes.all && given;
    }
  }
  return votes;
}

struct NowAndBefore {
  UnitId unit;
  UnitVotes now, before;
};

// Of the units that have enough votes both times.
std::vector<NowAndBefore> both_times(const ContestReports& reports,
                                     const std::vector<EarlierVotes>& earlier,
                                     std::int64_t votes_min) {
  std::map<UnitId, UnitVotes> before;
  for (const EarlierVotes& one : earlier) {
    UnitVotes& votes = before[one.unit];
    votes.by_option.resize(reports.contest().options.size());
    votes.by_option.at(one.option) += one.votes;
    votes.sum += one.votes;
  }
  std::vector<NowAndBefore> both;
  for (auto& [unit, votes] : before) {
    UnitVotes now = votes_now(reports, unit);
    if (!now.all || now.sum < votes_min || votes.sum < votes_min) continue;
    both.push_back({unit, std::move(now), std::move(votes)});
  }
  return both;
}

// By how many points the share of each option changed in all of these units together.
std::vector<double> swings(const std::vector<NowAndBefore>& units, std::size_t options) {
  UnitVotes now{std::vector<std::int64_t>(options), 0, true}, before = now;
  for (const NowAndBefore& unit : units) {
    for (std::size_t o = 0; o < options; ++o) {
      now.by_option[o] += unit.now.by_option[o];
      before.by_option[o] += unit.before.by_option[o];
    }
    now.sum += unit.now.sum;
    before.sum += unit.before.sum;
  }
  std::vector<double> swing(options);
  for (std::size_t o = 0; o < options && !units.empty(); ++o) {
    swing[o] = share_of(now, o) - share_of(before, o);
  }
  return swing;
}

std::string votes_of(const UnitVotes& votes, std::size_t option) {
  return fmt::format("{} of {} votes, {:.2f} %",
                     grouped(static_cast<std::uint64_t>(votes.by_option[option])),
                     grouped(static_cast<std::uint64_t>(votes.sum)), share_of(votes, option));
}

}  // namespace

void check_against_earlier(const CheckedCount& count,
                           std::span<const std::span<const TotalRow>> rows, FindingsTo& to) {
  constexpr auto kind = CheckKind::far_from_before;
  const CheckRules::FarFromBefore& rule = to.rules().far_from_before;
  if (!to.wanted(kind)) return;
  std::map<ContestId, std::vector<EarlierVotes>> by_contest;
  for (const EarlierVotes& one : count.earlier) by_contest[one.contest].push_back(one);
  for (const auto& [contest, earlier] : by_contest) {
    const ContestReports reports(count.rules, contest, rows[contest.value]);
    const auto& options = reports.contest().options;
    const auto units = both_times(reports, earlier, rule.votes_min);
    const auto swing = swings(units, options.size());
    for (const auto& [unit, now, before] : units) {
      to.held(kind);
      std::size_t farthest = 0;
      double off = 0;
      for (std::size_t o = 0; o < options.size(); ++o) {
        const double more = share_of(now, o) - share_of(before, o) - swing[o];
        if (std::abs(more) <= std::abs(off)) continue;
        farthest = o;
        off = more;
      }
      if (std::abs(off) <= static_cast<double>(rule.points_above)) continue;
      to.found(kind, contest, {unit}, std::nullopt,
               fmt::format(
                   "{}: {} for {}; at the last election {}: {:+.2f} points, and {:+.2f} in all "
                   "{} units together",
                   reports.place(unit), votes_of(now, farthest), options[farthest].name,
                   votes_of(before, farthest), share_of(now, farthest) - share_of(before, farthest),
                   swing[farthest], units.size()));
    }
  }
}

}  // namespace teller
