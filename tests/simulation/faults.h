// What may go wrong in a run, and when: everything that chance decides comes from one seed, so that
// a run can be had again by its number.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/time.h"

namespace teller::simulation {

// The process dies at the call it is in. Thrown through our code up to whoever owns the process,
// who destroys what was in its memory; from the throw on, the disk takes nothing from it.
struct Died {};

// Something that must always hold does not. Ends the run.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void must(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

class Faults {
 public:
  explicit Faults(std::uint64_t seed) : random_(seed) {}

  SeededRandom& random() { return random_; }
  std::uint32_t below(std::uint64_t limit) { return random_.below(limit); }
  bool one_in(std::uint32_t n) { return random_.below(n) == 0; }

  // The process that runs now dies at its n-th call to the world from here on, n >= 1.
  void die_at(std::uint32_t n) { calls_left_ = n; }
  void live() { calls_left_ = 0; }
  // While the truth is looked at; true if a death was set.
  bool pause() {
    paused_ = std::exchange(calls_left_, 0);
    return paused_ > 0;
  }
  void go_on() { calls_left_ = paused_; }
  // At every call to disk, store and readers, before and after what it does.
  void reached() {
    ++calls_;
    if (calls_left_ == 0) return;
    --calls_left_;
    if (calls_left_ == 0) throw Died{};
  }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  SeededRandom random_;
  std::uint32_t calls_left_ = 0, paused_ = 0;
  std::uint64_t calls_ = 0;
};

class SimulatedClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const override { return now_; }
  void advance(std::int64_t microseconds) { now_ += microseconds; }

 private:
  std::int64_t now_ = 1'700'000'000'000'000;
};

}  // namespace teller::simulation
