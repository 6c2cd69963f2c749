#include "host/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/fail_point.h"
#include "count/partition.h"
#include "host/replay.h"
#include "journal/record.h"

namespace teller {
namespace {

using namespace std::chrono;

constexpr std::size_t step_bytes_max = std::size_t{64} << 20;

// Passes everything on, and counts the entries that become durable.
class CountedJournal final : public Journal {
 public:
  CountedJournal(Journal& inner, std::function<void(std::uint64_t)> recorded)
      : inner_(&inner), recorded_(std::move(recorded)) {}

  void append(std::uint16_t partition, Bytes record, Done done) override {
    const std::uint64_t entries = entries_in(record);
    inner_->append(
        partition, std::move(record),
        [recorded = recorded_, entries, done = std::move(done)](Result<Position> position) {
          if (position) recorded(entries);
          done(std::move(position));
        });
  }
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override {
    return inner_->read(partition, from, bytes_max);
  }
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override {
    return inner_->end(partition);
  }

 private:
  Journal* inner_;
  std::function<void(std::uint64_t)> recorded_;
};

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

}  // namespace

struct Engine::State {
  Parts parts;
  std::unique_ptr<CountedJournal> counted;
  std::vector<Lane> lanes;

  mutable std::mutex mutex;
  std::condition_variable wake;  // The engine's thread.
  std::condition_variable idle;  // Whoever drains.
  std::uint64_t waiting = 0;
  std::uint64_t maximum = 0;  // Entries waiting at which a step is due at once.
  Numbers numbers;
  bool stopping = false;
  bool draining = false;
  std::optional<Error> broken;
  std::thread thread;

  [[nodiscard]] const CountFile& count() const { return parts.home->count; }

  Result<void> load();
  Result<void> recover(std::uint16_t number);
  void compute(std::uint16_t number);
  Result<bool> round();
  void run();

  // Runs `work` for every partition, at most parts.threads at a time.
  template <typename Work>
  void each_partition(Work work) {
    std::atomic<std::uint16_t> next{0};
    const auto take = [&] {
      for (std::uint16_t i = next++; i < lanes.size(); i = next++) work(i);
    };
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < std::min<std::size_t>(parts.threads, lanes.size()); ++i) {
      helpers.emplace_back(take);
    }
    take();
    for (std::thread& helper : helpers) helper.join();
  }
};

Result<void> Engine::State::recover(std::uint16_t number) {
  Lane& lane = lanes[number];
  auto partition = partition_at({.home = parts.home,
                                 .store = parts.store,
                                 .segments = parts.segments,
                                 .journal = parts.journal,
                                 .noted = parts.noted},
                                number, lane.committed);
  if (!partition) return std::unexpected(partition.error());
  lane.partition = std::move(*partition);
  return {};
}

Result<void> Engine::State::load() {
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
      for (const JournalRecord& record : *records) waiting += entries_in(record.bytes);
      at = records->back().position + 1;
    }
  }
  return {};
}

void Engine::State::compute(std::uint16_t number) {
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

// One round over all partitions. True if anything was committed.
Result<bool> Engine::State::round() {
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
  if (changes.empty()) return false;

  fail_point("engine.before_commit");
  auto outcome = parts.store->commit(changes, parts.clock->now_us());
  fail_point("engine.after_commit");
  if (!outcome && outcome.error().remedy == Remedy::stop) return std::unexpected(outcome.error());
  // Whatever the answer was, the store is asked: only what it says is committed counts.
  auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  std::uint64_t done = 0;
  for (std::size_t k = 0; k < owners.size(); ++k) {
    Lane& lane = lanes[owners[k]];
    const Committed before = lane.committed;
    lane.committed = (*rows)[owners[k]].committed;
    lane.halted = (*rows)[owners[k]].halted;
    if (!(before == lane.committed)) done += lane.entries;
  }
  if (!outcome && parts.noted) parts.noted(outcome.error());
  {
    const std::scoped_lock lock(mutex);
    waiting -= std::min(waiting, done);
    numbers.committed += done;
    if (done > 0) ++numbers.commits;
  }
  return done > 0;
}

void Engine::State::run() {
  const StepPolicy& policy = count().step;
  auto last = steady_clock::now();
  for (;;) {
    {
      std::unique_lock lock(mutex);
      const auto due = [&] {
        return stopping || draining || waiting >= policy.maximum ||
               (waiting >= policy.minimum && steady_clock::now() - last >= policy.interval);
      };
      while (!due()) {
        if (waiting == 0) idle.notify_all();
        // Asleep until something arrives, and then until the interval is over.
        if (waiting < policy.minimum) {
          wake.wait(lock);
        } else {
          wake.wait_until(lock, last + policy.interval);
        }
      }
      if (stopping) return;
    }
    last = steady_clock::now();
    const auto done = round();
    bool waits = false;
    {
      const std::scoped_lock lock(mutex);
      if (!done) broken = done.error();
      if (waiting == 0 || broken || (done && !*done)) {
        draining = false;
        idle.notify_all();
      }
      waits = done && !*done && waiting > 0;
    }
    if (!done) {
      if (parts.failed) parts.failed(done.error());
      return;
    }
    if (waits) std::this_thread::sleep_for(policy.interval);
  }
}

Result<std::unique_ptr<Engine>> Engine::start(Parts parts) {
  auto state = std::make_shared<State>();
  state->parts = std::move(parts);
  // The journal may answer when this engine is gone.
  state->counted = std::make_unique<CountedJournal>(
      *state->parts.journal, [weak = std::weak_ptr(state)](std::uint64_t entries) {
        const auto alive = weak.lock();
        if (!alive) return;
        const std::scoped_lock lock(alive->mutex);
        const bool first = alive->waiting == 0;
        alive->waiting += entries;
        if (first || alive->waiting >= alive->maximum) alive->wake.notify_one();
      });
  state->maximum = state->count().step.maximum;
  if (auto loaded = state->load(); !loaded) return std::unexpected(loaded.error());
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::shared_ptr<State> state) : state_(std::move(state)) {
  state_->thread = std::thread([this] { state_->run(); });
}

Engine::~Engine() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

Journal& Engine::journal() { return *state_->counted; }

Result<void> Engine::drain() {
  std::unique_lock lock(state_->mutex);
  while (state_->waiting > 0 && !state_->broken) {
    state_->draining = true;
    state_->wake.notify_all();
    state_->idle.wait_for(lock, 100ms);
    const bool all_halted =
        std::ranges::all_of(state_->lanes, [](const Lane& lane) { return lane.halted; });
    if (all_halted) break;
  }
  if (state_->broken) return std::unexpected(*state_->broken);
  return {};
}

Engine::Numbers Engine::numbers() const {
  const std::scoped_lock lock(state_->mutex);
  Numbers numbers = state_->numbers;
  numbers.waiting = state_->waiting;
  return numbers;
}

}  // namespace teller
