#include "publish/current_totals.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace teller {

CurrentTotals::CurrentTotals(const Rules& rules) : places_(unit_places(rules)) {
  changed_.resize(rules.contests.size());
  units_.resize(rules.units.size());
}

TotalFigure CurrentTotals::UnitSum::cards_known() const {
  if (cards == 0 && sheets == 0) return {};
  if (sheets > 0) return {.of = 1, .unknown_in = 1};
  return {.sum = cards, .of = 1, .numbers_in = 1};
}

void CurrentTotals::move(const TotalKey& key, const Total& before, const Total& after,
                         std::uint64_t commit) {
  if (key.contest == whole_unit) {
    UnitSum& unit = units_.at(key.unit.value);
    if (key.slot == slot::cards) unit.cards += after.value - before.value;
    if (key.slot == slot::sheets) unit.sheets += after.value - before.value;
    unit.changed = std::max(unit.changed, commit);
    return;
  }
  std::uint64_t& changed = changed_.at(key.contest.value);
  changed = std::max(changed, commit);
}

void CurrentTotals::add(const Snapshot& snapshot) {
  check(snapshot.head.commit >= commit_, "totals only go forward");
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

std::span<const TotalRow> CurrentTotals::rows(ContestId contest) const {
  const auto rows = std::ranges::equal_range(totals_, contest, {},
                                             [](const TotalRow& row) { return row.key.contest; });
  return {rows.begin(), rows.end()};
}

std::uint64_t CurrentTotals::changed(ContestId contest) const { return changed_.at(contest.value); }

std::string_view column_id(const Rules& rules, ContestId contest, std::uint16_t slot) {
  return slot >= slot::first_counter ? slot::name(slot)
                                     : rules.contest(contest).options.at(slot).id;
}

std::string_view column_name(const Rules& rules, ContestId contest, std::uint16_t slot) {
  return slot >= slot::first_counter ? slot::name(slot)
                                     : rules.contest(contest).options.at(slot).name;
}

}  // namespace teller
