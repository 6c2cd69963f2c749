// Port: what a verifier is given to check a count with.
//
// Adapters: evidence_store.h (a store and its segments), evidence_export.h (exported files alone).
// An adapter hands things over and, at the end, holds what only it has against the count done
// again; the checks themselves are verify.cc's.
//
// Errors: an adapter answers with remedy reject when what it has is wrong, which is a finding, and
// with another when it could not look. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "count/step.h"
#include "log/segment.h"
#include "publish/statement.h"
#include "store/count_store.h"
#include "store/statement_store.h"

namespace teller {

// Numbered; sentence_of_check() says what each means. The numbers are for people and scripts: they
// never change their meaning.
enum class Check : std::uint8_t {
  statement_readable = 1,
  statement_chain = 2,
  statement_of_this_count = 3,
  checkpoint_signed = 4,
  checkpoint_root = 5,
  steps_stated = 6,
  segment_there = 7,
  segment_hash = 8,
  counted_again = 9,
  digest = 10,
  totals = 11,
  outcomes = 12,
  vote_law = 13,
  tiles = 14,
  files = 15,
  presentation = 16,
  definition = 17,
  decisions = 18,
};
inline constexpr int checks = 18;

struct Finding {
  Check check{};
  std::string what;  // "segment 12 of partition 3: does not have the hash that its step names"
};

// What became of each check.
class Findings {
 public:
  enum class State : std::uint8_t {
    not_here,  // This evidence has nothing of the kind.
    good,
    open,  // Not looked at, or not at all of it, because something before it is wrong or withheld.
    failed,
  };

  Findings() { states_.fill(State::good); }
  void found(Check check, std::string what) {
    state(check) = State::failed;
    if (list.size() < 100) {
      list.push_back({check, std::move(what)});
    } else {
      ++more;
    }
  }
  void open(Check check) {
    if (state(check) == State::good) state(check) = State::open;
  }
  void not_here(Check check) { state(check) = State::not_here; }
  // Somebody has something of the kind after all, and looked at it.
  void here(Check check) {
    if (state(check) == State::not_here) state(check) = State::good;
  }
  [[nodiscard]] State of(Check check) const { return states_[static_cast<std::size_t>(check)]; }
  [[nodiscard]] bool failed(Check check) const { return of(check) == State::failed; }

  std::vector<Finding> list;  // At most 100; `more` counts the rest.
  std::uint64_t more = 0;

 private:
  State& state(Check check) { return states_[static_cast<std::size_t>(check)]; }
  std::array<State, checks + 1> states_{};
};

// The count done again.
struct Counted {
  bool complete = false;          // Every step could be counted.
  std::uint64_t commit = 0;       // Of the last step or statement.
  std::vector<Committed> at;      // By partition; as far as it was counted.
  std::vector<TotalRow> totals;   // Ascending by key.
  std::optional<Statement> last;  // The last statement.
  bool authentic = false;         // Checkpoints are good: the statements are the publisher's.
  // Of each commit that a statement speaks of, when it was made; only of authentic ones.
  std::map<std::uint64_t, std::int64_t> times;
};

class Evidence {
 public:
  virtual ~Evidence() = default;

  // Leaves there are, for progress.
  [[nodiscard]] virtual std::uint64_t leaves() const = 0;
  // Statements from `first` on, at most `limit`, in order. Where only the last checkpoint is kept,
  // the others are empty.
  [[nodiscard]] virtual Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                                     std::uint64_t limit) = 0;
  // The list of steps of a statement that speaks of the commits in (after, upto].
  [[nodiscard]] virtual Result<std::vector<StepRow>> steps(std::uint64_t statement,
                                                           std::uint64_t after,
                                                           std::uint64_t upto) = 0;
  // Steps of the commits after `after` that no statement speaks of yet.
  [[nodiscard]] virtual Result<std::vector<StepRow>> unstated(std::uint64_t after) = 0;
  // The segment of a step that follows `before`.
  // Errors: segments.missing, segments.corrupt (remedy stop or reject: findings), segments.withheld
  // (there are no entries in this evidence).
  [[nodiscard]] virtual Result<Bytes> segment(const StepRow& step, const Committed& before) = 0;
  // Called of each step that gives the same again, in the order of its partition, with what it gives:
  // for whoever holds more against it than the checks do.
  virtual void counted([[maybe_unused]] const StepRow& step, [[maybe_unused]] const Change& again,
                       [[maybe_unused]] const Segment& segment) {}
  // What only this evidence has: totals, outcomes, tiles, files.
  [[nodiscard]] virtual Result<void> compare(const Counted& counted, Findings& findings) = 0;
};

}  // namespace teller
