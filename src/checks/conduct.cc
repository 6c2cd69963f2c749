// Checks what senders and persons did: a sender whose entries are often conflicts, work at night, many
// refusals, decisions that were taken back again and again. No figure stands in what it says.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/grouped.h"
#include "base/time.h"
#include "checks/findings_to.h"

namespace teller {
namespace {

constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us;

void check_senders(const CheckedCount& count, FindingsTo& to) {
  const CheckRules::SenderConflicts& rule = to.rules().sender_conflicts;
  std::uint64_t all = 0;
  for (const SenderConflicts& one : count.senders) all += one.conflicts;
  for (const SenderConflicts& one : count.senders) {
    to.held(CheckKind::sender_conflicts);
    if (one.conflicts < static_cast<std::uint64_t>(rule.conflicts_min)) continue;
    to.found(CheckKind::sender_conflicts,
             fmt::format("sender {}: {} of {} conflicts came from it", one.sender,
                         grouped(one.conflicts), grouped(all)));
  }
}

bool is_at_night(std::int64_t at_us, const CheckRules::NightWork& rule) {
  const std::int64_t hour = at_us / hour_us % 24;
  if (rule.from_hour <= rule.to_hour) return hour >= rule.from_hour && hour < rule.to_hour;
  return hour >= rule.from_hour || hour < rule.to_hour;
}

// What one person did in one night.
struct Night {
  std::int64_t first_us = 0;
  std::uint64_t lines = 0;
  std::map<std::string, std::uint64_t> actions;
};

void check_nights(const CheckedCount& count, FindingsTo& to) {
  const CheckRules::NightWork& rule = to.rules().night_work;
  if (rule.from_hour == rule.to_hour) return;  // Nobody has said when night is.
  // A night over midnight is that of the day on which it ends.
  const std::int64_t moved = rule.from_hour > rule.to_hour ? (24 - rule.from_hour) * hour_us : 0;
  std::map<std::pair<std::int64_t, std::string>, Night> nights;
  for (const AuditLine& line : count.audit) {
    to.held(CheckKind::night_work);
    if (!is_at_night(line.time_us, rule)) continue;
    Night& night = nights[{(line.time_us + moved) / (24 * hour_us), line.actor}];
    if (night.lines == 0) night.first_us = line.time_us;
    ++night.lines;
    ++night.actions[line.action];
  }
  for (const auto& [of, night] : nights) {
    std::string actions;
    for (const auto& [action, times] : night.actions) {
      actions += fmt::format("{}{}", actions.empty() ? "" : ", ", action);
    }
    to.found(CheckKind::night_work,
             fmt::format("{}: {} line{} of the audit log between {:02}:00 and {:02}:00 UTC, the "
                         "first at {} ({})",
                         of.second, grouped(night.lines), night.lines == 1 ? "" : "s",
                         rule.from_hour, rule.to_hour, format_utc(night.first_us), actions));
  }
}

// The most refusals of one person within the time, and when they began.
void check_refusals(const CheckedCount& count, FindingsTo& to) {
  const CheckRules::ManyRefusals& rule = to.rules().many_refusals;
  std::map<std::string, std::vector<std::int64_t>> refused;
  for (const AuditLine& line : count.audit) {
    to.held(CheckKind::many_refusals);
    if (line.action == "refused") refused[line.actor].push_back(line.time_us);
  }
  for (auto& [actor, times] : refused) {
    std::ranges::sort(times);  // Lines are in the order of their numbers, and clocks are set.
    std::size_t first = 0, most = 0, most_from = 0;
    for (std::size_t last = 0; last < times.size(); ++last) {
      while (times[last] - times[first] > rule.within_minutes * minute_us) ++first;
      if (last - first + 1 <= most) continue;
      most = last - first + 1;
      most_from = first;
    }
    if (most < static_cast<std::size_t>(rule.refusals_min)) continue;
    to.found(CheckKind::many_refusals,
             fmt::format("{}: {} refusals within {} minutes, from {} on; {} in all", actor,
                         grouped(most), rule.within_minutes, format_utc(times[most_from]),
                         grouped(times.size())));
  }
}

void check_undone(const CheckedCount& count, FindingsTo& to) {
  struct Undone {
    std::int64_t times = 0;
    std::string action;
    std::vector<std::string> officers;
  };
  std::map<std::string, Undone> by_matter;
  for (const UndoneDecision& one : count.undone) {
    Undone& undone = by_matter[one.about];
    ++undone.times;
    undone.action = one.action;
    if (std::ranges::find(undone.officers, one.officers) == undone.officers.end()) {
      undone.officers.push_back(one.officers);
    }
  }
  for (const auto& [about, undone] : by_matter) {
    to.held(CheckKind::undone_twice);
    if (undone.times < to.rules().undone_twice.times_min) continue;
    to.found(CheckKind::undone_twice,
             fmt::format("{} was {} {} time{}, by decisions of {}", about,
                         undone.action == "reopen" ? "reopened" : "reinstated", undone.times,
                         undone.times == 1 ? "" : "s", fmt::join(undone.officers, "; ")));
  }
}

}  // namespace

void check_conduct(const CheckedCount& count, FindingsTo& to) {
  if (to.wanted(CheckKind::sender_conflicts)) check_senders(count, to);
  if (to.wanted(CheckKind::night_work)) check_nights(count, to);
  if (to.wanted(CheckKind::many_refusals)) check_refusals(count, to);
  if (to.wanted(CheckKind::undone_twice)) check_undone(count, to);
}

}  // namespace teller
