#include "engine/counting_cycle.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/fail_point.h"
#include "count/partition.h"
#include "engine/partition_recovery.h"
#include "journal/record.h"

namespace teller {
namespace {

constexpr std::size_t step_bytes_max = std::size_t{64} << 20;

// One partition's work of one round.
struct PartitionCycle {
  explicit PartitionCycle(Partition fresh) : partition(std::move(fresh)) {}
  Partition partition;
  Committed committed;
  bool halted = false;

  std::vector<JournalRecord> records;  // Of the step being computed: entries point into them.
  std::optional<Step> step;
  std::uint64_t entries = 0;
  std::optional<Error> error;
};

}  // namespace

struct CountingCycle::State {
  Parts parts;
  std::vector<PartitionCycle> partitions;
  std::uint64_t waiting_at_start = 0;

  [[nodiscard]] const CountFile& count() const { return parts.home->count; }

  Result<void> load();
  Result<void> recover(std::uint16_t number);
  Result<void> look_at_halted();
  void compute(std::uint16_t number);
  Result<Done> round();

  void each_partition(const Work& work) const {
    const auto n = static_cast<std::uint16_t>(partitions.size());
    if (parts.side_by_side) return parts.side_by_side(n, work);
    for (std::uint16_t i = 0; i < n; ++i) work(i);
  }
};

Result<void> CountingCycle::State::recover(std::uint16_t number) {
  PartitionCycle& at = partitions[number];
  auto partition = partition_at({.home = parts.home,
                                 .store = parts.store,
                                 .segments = parts.segments,
                                 .journal = parts.journal,
                                 .noted = parts.noted},
                                number, at.committed);
  if (!partition) return std::unexpected(partition.error());
  at.partition = std::move(*partition);
  return {};
}

Result<void> CountingCycle::State::load() {
  auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  check(rows->size() == count().partitions, "the store has every partition of its count");
  for (const PartitionRow& row : *rows) {
    partitions.emplace_back(Partition(parts.home->rules, count(), row.partition));
    partitions.back().committed = row.committed;
    partitions.back().halted = row.halted;
  }
  each_partition([&](std::uint16_t i) {
    if (auto recovered = recover(i); !recovered) partitions[i].error = recovered.error();
  });
  for (std::uint16_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i].error) return std::unexpected(*partitions[i].error);
    // New records would get positions that count as counted: acknowledged, and never looked at.
    const auto end = parts.journal->end(i);
    if (!end) return std::unexpected(end.error());
    if (*end < partitions[i].committed.position) {
      return fail(Remedy::stop, "journal.gap",
                  fmt::format("the journal of partition {} ends at {}, and {} of its records are "
                              "counted: bring it back from a copy",
                              i, *end, partitions[i].committed.position));
    }
    // What waits from before: it was recorded by a process that is gone.
    for (Position at = partitions[i].committed.position;;) {
      auto records = parts.journal->read(i, at, step_bytes_max);
      if (!records) return std::unexpected(records.error());
      if (records->empty()) break;
      for (const JournalRecord& record : *records) waiting_at_start += entries_in(record.bytes);
      at = records->back().position + 1;
    }
  }
  return {};
}

void CountingCycle::State::compute(std::uint16_t number) {
  PartitionCycle& at = partitions[number];
  at.step.reset();
  at.error.reset();
  if (at.halted) return;
  const auto work = [&]() -> Result<void> {
    if (auto settled = at.partition.settle(at.committed); !settled) {
      if (auto recovered = recover(number); !recovered) return recovered;
    }
    auto records = parts.journal->read(number, at.committed.position, step_bytes_max);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) return {};
    // Whole records, up to the maximum of entries.
    std::uint64_t entries = 0;
    std::size_t take = 0;
    while (take < records->size() && (take == 0 || entries < count().step.maximum)) {
      entries += entries_in((*records)[take++].bytes);
    }
    records->resize(take);
    at.records = std::move(*records);
    auto recorded = entries_of(at.records, count().id, number);
    if (!recorded) {
      // What stands before a bad record is counted, so that the partition halts exactly there.
      const auto bad = std::ranges::find_if(at.records, [&](const JournalRecord& record) {
        return !RecordReader::open(record.bytes, count().id, number);
      });
      if (bad == at.records.begin()) return std::unexpected(recorded.error());
      at.records.erase(bad, at.records.end());
      recorded = entries_of(at.records, count().id, number);
    }
    at.entries = recorded->size();
    Step step = at.partition.step(at.records.back().position + 1, *recorded);
    fail_point("engine.before_segment");
    auto put =
        parts.segments->put(number, at.committed.number + 1, step.segment_hash, step.segment);
    if (!put) return put;
    fail_point("engine.after_segment");
    step.segment.clear();
    at.step = std::move(step);
    return {};
  };
  if (auto worked = work(); !worked) at.error = worked.error();
}

// An officer may have let a halted partition go on, in the store, from another process.
Result<void> CountingCycle::State::look_at_halted() {
  if (std::ranges::none_of(partitions, &PartitionCycle::halted)) return {};
  const auto rows = parts.store->partitions();
  if (!rows && rows.error().remedy == Remedy::stop) return std::unexpected(rows.error());
  if (!rows) return {};  // The next round looks again.
  for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].halted = (*rows)[i].halted;
  return {};
}

Result<CountingCycle::Done> CountingCycle::State::round() {
  if (auto looked = look_at_halted(); !looked) return std::unexpected(looked.error());
  each_partition([&](std::uint16_t i) { compute(i); });

  std::vector<Bytes> changes;
  std::vector<std::uint16_t> owners;
  bool trouble = false;
  for (std::uint16_t i = 0; i < partitions.size(); ++i) {
    PartitionCycle& at = partitions[i];
    if (at.error) {
      const Error& error = *at.error;
      if (error.remedy == Remedy::stop &&
          (error.code == Code("journal.record_invalid") || error.code == Code("journal.gap"))) {
        // Poison: this partition stands still until an officer has looked; the others go on.
        if (auto halted = parts.store->halt(i, to_text(error)); !halted) {
          return std::unexpected(halted.error());
        }
        at.halted = true;
        if (parts.noted) parts.noted({Remedy::stop, "partition.halted", to_text(error)});
        continue;
      }
      if (error.remedy == Remedy::stop) return std::unexpected(error);
      if (parts.noted) parts.noted(error);
      trouble = true;
      continue;
    }
    if (at.step) {
      changes.push_back(std::move(at.step->change));
      owners.push_back(i);
    }
  }
  Done done;
  if (changes.empty()) {
    done.only_halted_left = !trouble && std::ranges::any_of(partitions, &PartitionCycle::halted);
    return done;
  }

  fail_point("engine.before_commit");
  auto outcome = parts.store->commit(changes, parts.clock->now_us());
  fail_point("engine.after_commit");
  if (!outcome && outcome.error().remedy == Remedy::stop) return std::unexpected(outcome.error());
  // Whatever the answer was, the store is asked: only what it says is committed counts.
  auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  for (std::size_t k = 0; k < owners.size(); ++k) {
    PartitionCycle& at = partitions[owners[k]];
    const Committed before = at.committed;
    at.committed = (*rows)[owners[k]].committed;
    at.halted = (*rows)[owners[k]].halted;
    if (!(before == at.committed)) done.entries += at.entries;
  }
  if (!outcome && parts.noted) parts.noted(outcome.error());
  return done;
}

Result<CountingCycle> CountingCycle::start(Parts parts) {
  auto state = std::make_unique<State>();
  state->parts = std::move(parts);
  if (auto loaded = state->load(); !loaded) return std::unexpected(loaded.error());
  return CountingCycle(std::move(state));
}

CountingCycle::CountingCycle(std::unique_ptr<State> state) : state_(std::move(state)) {}
CountingCycle::~CountingCycle() = default;
CountingCycle::CountingCycle(CountingCycle&&) noexcept = default;
CountingCycle& CountingCycle::operator=(CountingCycle&&) noexcept = default;

std::uint64_t CountingCycle::waiting_at_start() const { return state_->waiting_at_start; }

Result<CountingCycle::Done> CountingCycle::round() { return state_->round(); }

}  // namespace teller
