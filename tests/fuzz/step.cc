// Counting whatever was recorded: entries as u16 length and bytes, one after the other. No entry,
// however strange, stops a partition; every one has an outcome; the numbers add up; and cutting the
// same records into other steps gives the same totals.
#include <map>

#include "count/partition.h"
#include "fuzz/target.h"
#include "log/segment.h"

using namespace teller;

namespace {

using Totals = std::map<TotalKey, Total>;

Outcomes count_all(std::span<const RecordedEntry> entries, std::size_t cut, Totals& totals,
                   std::uint64_t& leaves) {
  const auto& [rules, count] = fuzz::definition();
  Partition partition(*rules, *count, 0);
  Outcomes outcomes;
  for (const auto part : {entries.first(cut), entries.subspan(cut)}) {
    const std::uint64_t to = part.empty() ? partition.at().position : part.back().position + 1;
    const Step step = partition.step(to, part);
    const auto change = decode_change(step.change);
    check(change && encode(*change) == step.change, "a change has one byte string");
    const auto segment = decode_segment(step.segment, count->id);
    check(segment && encode_segment(segment->head, segment->leaves) == step.segment,
          "a segment has one byte string");
    check(change->segment == sha256(step.segment) && change->root == segment->head.root_after &&
              segment->leaves.size() == change->outcomes.counted,
          "change and segment speak of one step");
    check(change->outcomes.recorded() == part.size(), "every entry has an outcome");
    check(change->outcomes.conflict + change->outcomes.rejected == change->incidents.size(),
          "and every one that was not let in is listed");
    for (const auto& [key, by] : change->totals) {
      Total& total = totals[key];
      total.value += by.value;
      total.known = static_cast<std::int8_t>(total.known + by.known);
      total.withheld = static_cast<std::int8_t>(total.withheld + by.withheld);
      check(total.value >= 0, "no total is below zero");
    }
    outcomes += change->outcomes;
    check(partition.settle(change->after()).has_value(), "a step settles on its own result");
  }
  std::erase_if(totals, [](const auto& item) { return item.second.is_zero(); });
  leaves = partition.at().log_size;
  return outcomes;
}

// votes + undervotes + overvotes = votes allowed × (cards - blank - invalid), where it is counted
// from ballots of a plurality contest.
void must_add_up(const Totals& totals) {
  const Rules& rules = *fuzz::definition().rules;
  std::map<std::tuple<ContestId, UnitId, MethodId>, std::int64_t> sums;
  for (const auto& [key, total] : totals) {
    if (key.contest == whole_unit) continue;
    const Contest& contest = rules.contest(key.contest);
    if (contest.kind != ContestKind::plurality ||
        !rules.counted_from(key.contest, key.method, CountedFrom::ballots)) {
      continue;
    }
    std::int64_t& sum = sums[{key.contest, key.unit, key.method}];
    const std::int64_t allowed = contest.votes_allowed;
    if (key.slot < slot::first_counter || key.slot == slot::undervotes ||
        key.slot == slot::overvotes || key.slot == slot::write_ins) {
      sum += total.value;
    } else if (key.slot == slot::cards) {
      sum -= allowed * total.value;
    } else if (key.slot == slot::blank || key.slot == slot::invalid) {
      sum += allowed * total.value;
    }
  }
  for (const auto& [key, sum] : sums) check(sum == 0, "a contest's numbers add up");
}

}  // namespace

FUZZ_TARGET(step) {
  std::vector<RecordedEntry> entries;
  ByteReader in(input);
  const std::size_t cut_at = in.u8();
  while (in.left() > 0) {
    const ByteView bytes = in.take(in.u16());
    if (!in.ok()) break;
    entries.push_back({entries.size(), 0, bytes});
  }
  Totals once, in_two;
  std::uint64_t leaves_once = 0, leaves_in_two = 0;
  const Outcomes outcomes = count_all(entries, entries.size(), once, leaves_once);
  must_add_up(once);
  check(count_all(entries, std::min(cut_at, entries.size()), in_two, leaves_in_two) == outcomes &&
            once == in_two && leaves_once == leaves_in_two,
        "the cutting into steps changes nothing");
}
