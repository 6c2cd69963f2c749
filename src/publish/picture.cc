#include "publish/picture.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace teller {

Picture::Picture(const Rules& rules, const CountFile& count) : rules_(&rules), count_(&count) {
  for (const Contest& contest : rules.contests) {
    contests_.emplace_back().options.resize(contest.options.size());
  }
  units_.resize(rules.units.size());
  places_.resize(rules.units.size());
  for (std::uint32_t i = 0; i < rules.units.size(); ++i) {
    const auto& parent = rules.units[i].parent;
    if (!parent) continue;
    Place& above = places_.at(parent->value);
    above.leaf = false;
    places_[i].depth = above.depth + 1;
    places_[i].top = above.depth == 0 ? UnitId{i} : above.top;
  }
}

void Picture::move(const TotalKey& key, const Total& before, const Total& after,
                   std::uint64_t commit) {
  if (key.contest == whole_unit) {
    UnitSum& unit = units_.at(key.unit.value);
    if (key.slot == slot::cards) unit.cards += after.value - before.value;
    if (key.slot == slot::sheets) unit.sheets += after.value - before.value;
    unit.changed = std::max(unit.changed, commit);
    return;
  }
  ContestSums& contest = contests_.at(key.contest.value);
  const bool counter = key.slot >= slot::first_counter;
  Sum& sum =
      counter ? contest.counters.at(key.slot - slot::first_counter) : contest.options.at(key.slot);
  sum.value += after.value - before.value;
  sum.withheld += after.withheld - before.withheld;
  contest.changed = std::max(contest.changed, commit);
}

void Picture::add(const Snapshot& snapshot) {
  check(snapshot.head.commit >= commit_, "a picture only goes forward");
  check(std::ranges::is_sorted(snapshot.totals, {}, &TotalRow::key), "totals come in order");
  commit_ = snapshot.head.commit;
  auto at = totals_.begin();
  std::vector<TotalRow> added;
  for (const TotalRow& row : snapshot.totals) {
    at = std::ranges::lower_bound(at, totals_.end(), row.key, {}, &TotalRow::key);
    if (at != totals_.end() && at->key == row.key) {
      move(row.key, at->total, row.total, row.changed_at_commit);
      *at = row;
    } else {
      move(row.key, {}, row.total, row.changed_at_commit);
      added.push_back(row);
    }
  }
  if (added.empty()) return;
  std::vector<TotalRow> merged;
  merged.reserve(totals_.size() + added.size());
  std::ranges::merge(totals_, added, std::back_inserter(merged), {}, &TotalRow::key,
                     &TotalRow::key);
  totals_ = std::move(merged);
}

Picture::Sum Picture::sum(ContestId contest, std::uint16_t slot) const {
  const ContestSums& sums = contests_.at(contest.value);
  return slot >= slot::first_counter ? sums.counters.at(slot - slot::first_counter)
                                     : sums.options.at(slot);
}

std::int64_t Picture::share_base(ContestId contest) const {
  if (rules_->contest(contest).share_base == "cards") return sum(contest, slot::cards).value;
  std::int64_t votes = sum(contest, slot::write_ins).value;
  for (const Sum& option : contests_.at(contest.value).options) votes += option.value;
  return votes;
}

std::uint64_t Picture::changed(ContestId contest) const {
  return contests_.at(contest.value).changed;
}

std::string_view how(const Rules& rules, const TotalRow& row) {
  if (row.total.withheld > 0) return "withheld";
  const bool from_sheets = row.key.contest != whole_unit &&
                           rules.counted_from(row.key.contest, row.key.method, CountedFrom::sheets);
  return from_sheets && row.total.known == 0 ? "unknown" : "number";
}

std::string_view column_id(const Rules& rules, ContestId contest, std::uint16_t slot) {
  return slot >= slot::first_counter ? slot::name(slot)
                                     : rules.contest(contest).options.at(slot).id;
}

std::string_view column_name(const Rules& rules, ContestId contest, std::uint16_t slot) {
  return slot >= slot::first_counter ? slot::name(slot)
                                     : rules.contest(contest).options.at(slot).name;
}

}  // namespace teller
