#include "count.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "election/decisions.h"
#include "words.h"

namespace teller::deck {

Count::Count(const Rules& rules, const CountFile& file, std::uint16_t partitions)
    : rules_(rules), file_(file) {
  file_.partitions = partitions;
  for (std::uint16_t i = 0; i < partitions; ++i) partitions_.emplace_back(rules, file_, i);
  stages_.assign(partitions, file_.officers.empty() ? Stage::open : Stage::setup);
  numbers_.assign(partitions, 0);
}

Change Count::step(std::uint16_t partition, const std::vector<Bytes>& entries) {
  Partition& counter = partitions_.at(partition);
  const std::uint64_t from = counter.at().position;
  std::vector<RecordedEntry> recorded;
  for (const Bytes& entry : entries) recorded.push_back({from + recorded.size(), 0, entry});
  const Step step = counter.step(from + recorded.size(), recorded);
  auto change = decode_change(step.change);
  check(change.has_value(), "a step's change can be read");
  check(counter.settle(change->after()).has_value(), "what was computed can be committed");
  for (const TotalChange& by : change->totals) {
    Total& total = totals[by.key];
    total += by.by;
    if (total.is_zero()) totals.erase(by.key);
  }
  outcomes += change->outcomes;
  decreases.insert(decreases.end(), change->decreases.begin(), change->decreases.end());
  return *change;
}

std::string Count::decide(const SaidDecision& decision) {
  const Control::Action action = decision.control.action;
  auto& entries = decided_[decision.line];
  if (entries.empty()) {
    const bool nowhere =
        std::ranges::none_of(stages_, [&](Stage at) { return allowed_at(at, action); });
    for (std::uint16_t p = 0; p < partitions_.size(); ++p) {
      if (!nowhere && !allowed_at(stages_[p], action)) continue;
      const std::uint64_t counted = stated_.empty() ? partitions_[p].at().log_size : stated_[p];
      entries[p] = decision.entry(file_.id, p, numbers_[p] + 1, counted);
    }
  }
  const Outcomes before = outcomes;
  Change said;
  for (const auto& [p, entry] : entries) {
    Change change = step(p, {entry});
    if (change.outcomes.counted != 0) {
      ++numbers_[p];
      stages_[p] = stage_after(stages_[p], action);
    }
    if (said.outcomes.rejected == 0) said = std::move(change);
  }
  outcomes = before;
  outcomes += said.outcomes;
  return outcome_of(said);
}

void Count::state() {
  stated_.clear();
  for (const Partition& partition : partitions_) stated_.push_back(partition.at().log_size);
}

std::string outcome_of(const Change& change) {
  if (change.outcomes.counted != 0) return "counted";
  if (change.outcomes.duplicate != 0) return "duplicate";
  if (change.outcomes.conflict != 0) return "conflict";
  return "rejected " + std::string(code_of(change.incidents.front().reason));
}

std::string Count::figure(ContestId contest, std::uint16_t slot, UnitId unit,
                          std::optional<MethodId> method) const {
  Total sum;
  int parts = 0, numbers = 0, withheld = 0;
  for (std::uint32_t m = 0; m < rules_.methods.size(); ++m) {
    if (method && method->value != m) continue;
    const auto found = totals.find({contest, slot, unit, MethodId{m}});
    const Total part = found == totals.end() ? Total{} : found->second;
    const bool of_a_sheet =
        contest != whole_unit && rules_.counted_from(contest, MethodId{m}, CountedFrom::sheets);
    ++parts;
    numbers += !of_a_sheet || part.known > 0 ? 1 : 0;
    withheld += part.withheld > 0 ? 1 : 0;
    sum += part;
  }
  if (numbers == parts) return std::to_string(sum.value);
  if (withheld == parts) return "withheld";
  if (numbers == 0 && withheld == 0) return "unknown";
  throw Wrong("a part of the sum is no number; say 'by METHOD'");
}

void Count::check_balance() const {
  struct Sides {
    std::int64_t said = 0, carried = 0;
  };
  std::map<std::array<std::uint32_t, 3>, Sides> lines;
  for (const auto& [key, total] : totals) {
    if (key.contest == whole_unit) continue;
    if (!rules_.counted_from(key.contest, key.method, CountedFrom::ballots)) continue;
    const Contest& contest = rules_.contest(key.contest);
    Sides& line = lines[{key.contest.value, key.unit.value, key.method.value}];
    const std::int64_t each = contest.kind == ContestKind::ranked ? 1 : contest.votes_allowed;
    if (key.slot == slot::cards) {
      line.carried += each * total.value;
    } else if (key.slot == slot::blank || key.slot == slot::invalid) {
      line.carried -= each * total.value;
    } else {
      line.said += total.value;
    }
  }
  for (const auto& [key, line] : lines) {
    if (line.said != line.carried) {
      throw Wrong("contest " + rules_.contests[key[0]].id + " does not balance");
    }
  }
}

}  // namespace teller::deck
