#include "host/rounds.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/fail_point.h"
#include "count/partition.h"
#include "journal/record.h"

namespace teller {
namespace {

constexpr std::size_t step_bytes_max = std::size_t{64} << 20;

// One partition's work of one round.
struct Lane {
  explicit Lane(Partition fresh) : partition(std::move(fresh)) {}
  Partition partition;
  Committed committed;
  bool halted = false;

  std::vector<JournalRecord> records;  // Of the step being computed: entries point into them.
  std::optional<Step> step;
  std::uint64_t entries = 0;
  std::optional<Error> error;
};

// The entries of whole records, as a step takes them.
Result<std::vector<RecordedEntry>> entries_of(const std::vector<JournalRecord>& records,
                                              const CountId& count, std::uint16_t partition) {
  std::vector<RecordedEntry> entries;
  for (const JournalRecord& record : records) {
    auto reader = RecordReader::open(record.bytes, count, partition);
    if (!reader) {
      return std::unexpected(during(
          "partition " + std::to_string(partition) + ", record " + std::to_string(record.position),
          reader.error()));
    }
    std::uint32_t index = 0;
    while (const auto item = reader->next()) {
      entries.push_back({record.position, index++, item->entry});
    }
  }
  return entries;
}

}  // namespace

struct Rounds::State {
  Parts parts;
  std::vector<Lane> lanes;
  std::uint64_t waiting_at_start = 0;

  [[nodiscard]] const CountFile& count() const { return parts.home->count; }

  Result<void> load();
  Result<void> recover(std::uint16_t number);
  void compute(std::uint16_t number);
  Result<Done> round();

  void each_partition(const Work& work) const {
    const auto n = static_cast<std::uint16_t>(lanes.size());
    if (parts.side_by_side) return parts.side_by_side(n, work);
    for (std::uint16_t i = 0; i < n; ++i) work(i);
  }
};

Result<void> Rounds::State::recover(std::uint16_t number) {
  Lane& lane = lanes[number];
  lane.partition = Partition(parts.home->rules, count(), number);
  for (;;) {
    auto rolled = roll_forward(lane.partition, *parts.segments, number, lane.committed);
    if (rolled) return {};
    if (rolled.error().code != "segments.missing") return rolled;
    // A segment is lost or damaged. Everything that leads to it is in the journal, and the store
    // knows its boundaries: compute it again, step by step, from where the state stands.
    lane.partition = Partition(parts.home->rules, count(), number);
    for (std::uint64_t step = 1; step <= lane.committed.number; ++step) {
      const auto row = parts.store->step(number, step);
      if (!row) return std::unexpected(row.error());
      if (!*row) return rolled;
      const Committed after{(*row)->number, (*row)->to, (*row)->log_size, (*row)->root};
      auto kept = parts.segments->get(number, step, (*row)->segment);
      if (kept) {
        if (auto restored = lane.partition.restore(*kept, (*row)->to); !restored) return restored;
        continue;
      }
      std::vector<JournalRecord> records;
      for (Position at = (*row)->from; at < (*row)->to;) {
        auto some = parts.journal->read(number, at, step_bytes_max);
        if (!some) return std::unexpected(some.error());
        for (JournalRecord& record : *some) {
          if (record.position < (*row)->to) records.push_back(std::move(record));
        }
        if (records.empty() || records.back().position + 1 == at) {
          return fail(Remedy::stop, "journal.gap",
                      "record " + std::to_string(at) + " of partition " + std::to_string(number) +
                          " is gone, and so is " + segment_name(number, step));
        }
        at = records.back().position + 1;
      }
      const auto entries = entries_of(records, count().id, number);
      if (!entries) return std::unexpected(entries.error());
      const Step again = lane.partition.step((*row)->to, *entries);
      if (sha256(again.segment) != (*row)->segment) {
        return fail(
            Remedy::stop, "segments.corrupt",
            segment_name(number, step) + ", computed again, is not the one that was committed");
      }
      if (auto put = parts.segments->put(number, step, (*row)->segment, again.segment); !put) {
        return put;
      }
      if (auto settled = lane.partition.settle(after); !settled) return settled;
      if (parts.noted) {
        parts.noted({Remedy::retry, "segments.missing",
                     segment_name(number, step) + " was lost and computed again"});
      }
    }
    return {};
  }
}

Result<void> Rounds::State::load() {
  auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  check(rows->size() == count().partitions, "the store has every partition of its count");
  for (const PartitionRow& row : *rows) {
    lanes.emplace_back(Partition(parts.home->rules, count(), row.partition));
    lanes.back().committed = row.committed;
    lanes.back().halted = row.halted;
  }
  each_partition([&](std::uint16_t i) {
    if (auto recovered = recover(i); !recovered) lanes[i].error = recovered.error();
  });
  for (std::uint16_t i = 0; i < lanes.size(); ++i) {
    if (lanes[i].error) return std::unexpected(*lanes[i].error);
    // What waits from before: it was recorded by a process that is gone.
    for (Position at = lanes[i].committed.position;;) {
      auto records = parts.journal->read(i, at, step_bytes_max);
      if (!records) return std::unexpected(records.error());
      if (records->empty()) break;
      for (const JournalRecord& record : *records) waiting_at_start += entries_in(record.bytes);
      at = records->back().position + 1;
    }
  }
  return {};
}

void Rounds::State::compute(std::uint16_t number) {
  Lane& lane = lanes[number];
  lane.step.reset();
  lane.error.reset();
  if (lane.halted) return;
  const auto work = [&]() -> Result<void> {
    if (auto settled = lane.partition.settle(lane.committed); !settled) {
      if (auto recovered = recover(number); !recovered) return recovered;
    }
    auto records = parts.journal->read(number, lane.committed.position, step_bytes_max);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) return {};
    // Whole records, up to the maximum of entries.
    std::uint64_t entries = 0;
    std::size_t take = 0;
    while (take < records->size() && (take == 0 || entries < count().step.maximum)) {
      entries += entries_in((*records)[take++].bytes);
    }
    records->resize(take);
    lane.records = std::move(*records);
    const auto recorded = entries_of(lane.records, count().id, number);
    if (!recorded) return std::unexpected(recorded.error());
    lane.entries = recorded->size();
    Step step = lane.partition.step(lane.records.back().position + 1, *recorded);
    fail_point("engine.before_segment");
    auto put =
        parts.segments->put(number, lane.committed.number + 1, sha256(step.segment), step.segment);
    if (!put) return put;
    fail_point("engine.after_segment");
    step.segment.clear();
    lane.step = std::move(step);
    return {};
  };
  if (auto worked = work(); !worked) lane.error = worked.error();
}

Result<Rounds::Done> Rounds::State::round() {
  each_partition([&](std::uint16_t i) { compute(i); });

  std::vector<Bytes> changes;
  std::vector<std::uint16_t> owners;
  for (std::uint16_t i = 0; i < lanes.size(); ++i) {
    Lane& lane = lanes[i];
    if (lane.error) {
      const Error& error = *lane.error;
      if (error.remedy == Remedy::stop &&
          (error.code == "journal.record_invalid" || error.code == "journal.gap")) {
        // Poison: this partition stands still until an officer has looked; the others go on.
        if (auto halted = parts.store->halt(i, to_text(error)); !halted) {
          return std::unexpected(halted.error());
        }
        lane.halted = true;
        if (parts.noted) parts.noted({Remedy::stop, "partition.halted", to_text(error)});
        continue;
      }
      if (error.remedy == Remedy::stop) return std::unexpected(error);
      if (parts.noted) parts.noted(error);
      continue;
    }
    if (lane.step) {
      changes.push_back(std::move(lane.step->change));
      owners.push_back(i);
    }
  }
  Done done{0, std::ranges::all_of(lanes, [](const Lane& lane) { return lane.halted; })};
  if (changes.empty()) return done;

  fail_point("engine.before_commit");
  auto outcome = parts.store->commit(changes, parts.clock->now_us());
  fail_point("engine.after_commit");
  if (!outcome && outcome.error().remedy == Remedy::stop) return std::unexpected(outcome.error());
  // Whatever the answer was, the store is asked: only what it says is committed counts.
  auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  for (std::size_t k = 0; k < owners.size(); ++k) {
    Lane& lane = lanes[owners[k]];
    const Committed before = lane.committed;
    lane.committed = (*rows)[owners[k]].committed;
    lane.halted = (*rows)[owners[k]].halted;
    if (!(before == lane.committed)) done.entries += lane.entries;
  }
  done.all_halted = std::ranges::all_of(lanes, [](const Lane& lane) { return lane.halted; });
  if (!outcome && parts.noted) parts.noted(outcome.error());
  return done;
}

Result<Rounds> Rounds::start(Parts parts) {
  auto state = std::make_unique<State>();
  state->parts = std::move(parts);
  if (auto loaded = state->load(); !loaded) return std::unexpected(loaded.error());
  return Rounds(std::move(state));
}

Rounds::Rounds(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rounds::~Rounds() = default;
Rounds::Rounds(Rounds&&) noexcept = default;
Rounds& Rounds::operator=(Rounds&&) noexcept = default;

std::uint64_t Rounds::waiting_at_start() const { return state_->waiting_at_start; }

Result<Rounds::Done> Rounds::round() { return state_->round(); }

}  // namespace teller
