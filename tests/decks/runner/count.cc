#include "count.h"

#include <array>

#include "base/check.h"
#include "words.h"

namespace teller::deck {

Count::Count(const Rules& rules, const CountFile& file, std::uint16_t partitions)
    : rules_(rules), file_(file) {
  file_.partitions = partitions;
  for (std::uint16_t i = 0; i < partitions; ++i) partitions_.emplace_back(rules, file_, i);
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
