// Asks of what was recorded until it is decided: counted or a copy, a conflict, rejected.
//
// Called by whoever has sent something, from one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "outcomes/outcome_reader.h"

namespace teller {

// They add up to the entries of the records.
struct Followed {
  std::uint64_t counted = 0;  // Or a copy of what is counted.
  std::uint64_t conflict = 0, rejected = 0;
  std::uint64_t waiting = 0;  // Not decided when it ended.
  std::uint64_t halted = 0;   // Of those, what stands in a halted partition.
};

using AskOutcomes = std::function<Result<OutcomesAnswer>(std::span<const RecordPlace> records)>;

struct FollowOptions {
  // Since something was last decided.
  std::chrono::milliseconds give_up_after{300'000};
  std::function<bool()> stop = {};
  std::function<void(const OutcomesAnswer::Told& told)> on_incident = {};
  std::function<void(std::uint64_t decided, std::uint64_t of)> on_progress = {};
};

// Ends when all is decided, when all that is left waits for halted partitions, or when it is time to
// give up: what is not decided then is `waiting`. Errors: those of `ask`.
[[nodiscard]] Result<Followed> follow_outcomes(std::vector<RecordPlace> records,
                                               const AskOutcomes& ask,
                                               const FollowOptions& options);

}  // namespace teller
