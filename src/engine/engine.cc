#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "engine/counting_cycle.h"
#include "journal/record.h"

namespace teller {
namespace {

using namespace std::chrono;

// At the latest after this time what could not be done is tried again, and an officer's resume is
// seen, if a step is due.
constexpr milliseconds look_again{1000};
// Who drains waits so long for something to move.
constexpr milliseconds drain_patience{5000};

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

// At most `threads` at a time.
void side_by_side(unsigned threads, std::uint16_t n, const CountingCycle::Work& work) {
  std::atomic<std::uint16_t> next{0};
  const auto take = [&] {
    for (std::uint16_t i = next++; i < n; i = next++) work(i);
  };
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < std::min<unsigned>(threads, n); ++i) helpers.emplace_back(take);
  take();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace

struct Engine::State {
  Parts parts;
  std::unique_ptr<CountedJournal> counted;
  std::optional<CountingCycle> rounds;  // The engine's thread.

  mutable std::mutex mutex;
  std::condition_variable wake;  // The engine's thread.
  std::condition_variable idle;  // Whoever drains.
  // Entries recorded and not yet committed. Below zero while the journal's answer for something
  // that is committed already is still on its way.
  std::int64_t waiting = 0;
  std::int64_t minimum = 1, maximum = 1;  // Of them, when a step is due by time, and at once.
  Numbers numbers;
  bool stopping = false;
  bool draining = false;
  // Cycles begun; and the last of them that found nothing to do but for halted partitions.
  std::uint64_t round = 0, only_halted_left_at = 0;
  // Since when cycles have moved nothing although something waits: a full disk, a store that is away.
  std::optional<steady_clock::time_point> fruitless_since;
  std::optional<Error> broken;
  std::thread thread;

  void run();
};

void Engine::State::run() {
  const auto interval = parts.home->count.step.interval;
  auto last = steady_clock::now();
  for (;;) {
    {
      std::unique_lock lock(mutex);
      const auto due = [&] {
        return stopping || draining || waiting >= maximum ||
               (waiting >= minimum && steady_clock::now() - last >= interval);
      };
      while (!due()) {
        if (waiting <= 0) idle.notify_all();
        // Asleep until something arrives, and then until the interval is over.
        if (waiting < minimum) {
          wake.wait(lock);
        } else {
          wake.wait_until(lock, last + interval);
        }
      }
      if (stopping) return;
      ++round;
    }
    last = steady_clock::now();
    const auto done = rounds->round();
    {
      std::unique_lock lock(mutex);
      const std::uint64_t entries = done ? done->entries : 0;
      if (done) {
        waiting -= static_cast<std::int64_t>(entries);
        numbers.committed += entries;
        if (entries > 0) ++numbers.commits;
        if (done->only_halted_left) only_halted_left_at = round;
      } else {
        broken = done.error();
      }
      const bool fruitless = done && entries == 0 && waiting > 0;
      if (!fruitless) {
        fruitless_since.reset();
      } else if (!fruitless_since) {
        fruitless_since = steady_clock::now();
      }
      if (waiting <= 0 || entries == 0) {
        draining = false;
        idle.notify_all();
      }
      // Nothing moved although something waits: again soon, but not at once.
      if (fruitless) {
        wake.wait_for(lock, std::min<milliseconds>(interval, look_again),
                      [&] { return stopping || draining; });
      }
    }
    if (!done) {
      if (parts.failed) parts.failed(done.error());
      return;
    }
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
        const bool waited = alive->waiting >= alive->minimum;
        alive->waiting += static_cast<std::int64_t>(entries);
        const bool waits = alive->waiting >= alive->minimum;
        if ((waits && !waited) || alive->waiting >= alive->maximum) alive->wake.notify_one();
      });
  const StepPolicy& policy = state->parts.home->count.step;
  state->minimum = std::max<std::int64_t>(1, static_cast<std::int64_t>(policy.minimum));
  state->maximum = std::max(state->minimum, static_cast<std::int64_t>(policy.maximum));
  auto rounds = CountingCycle::start(
      {.home = state->parts.home,
       .journal = state->parts.journal,
       .segments = state->parts.segments,
       .store = state->parts.store,
       .clock = state->parts.clock,
       .side_by_side = [threads = state->parts.threads](
                           auto n, const auto& work) { side_by_side(threads, n, work); },
       .noted = state->parts.noted});
  if (!rounds) return std::unexpected(rounds.error());
  state->waiting += static_cast<std::int64_t>(rounds->waiting_at_start());
  state->rounds.emplace(std::move(*rounds));
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
  const std::uint64_t round = state_->round;
  const auto began = steady_clock::now();
  while (state_->waiting > 0 && !state_->broken) {
    state_->draining = true;
    state_->wake.notify_all();
    state_->idle.wait_for(lock, 100ms);
    if (state_->only_halted_left_at > round) break;
    const auto since = state_->fruitless_since;
    if (since && steady_clock::now() - std::max(*since, began) > drain_patience)
      return fail(Remedy::retry, "engine.not_drained",
                  fmt::format("{} entries are recorded and cannot be counted now; the next start "
                              "goes on with them",
                              state_->waiting));
  }
  if (state_->broken) return std::unexpected(*state_->broken);
  return {};
}

Engine::Numbers Engine::numbers() const {
  const std::scoped_lock lock(state_->mutex);
  Numbers numbers = state_->numbers;
  numbers.waiting = static_cast<std::uint64_t>(std::max<std::int64_t>(0, state_->waiting));
  return numbers;
}

}  // namespace teller
