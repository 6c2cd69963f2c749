#include "gateway/follow_outcomes.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "outcomes/outcomes_endpoint.h"

namespace teller {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::uint64_t entries_of(const std::vector<RecordPlace>& records) {
  std::uint64_t entries = 0;
  for (const RecordPlace& record : records) entries += record.entries;
  return entries;
}

}  // namespace

Result<Followed> follow_outcomes(std::vector<RecordPlace> records, const AskOutcomes& ask,
                                 const FollowOptions& options) {
  const auto stopped = [&] { return options.stop && options.stop(); };
  const std::uint64_t all = entries_of(records);
  Followed followed;
  Clock::time_point until = Clock::now() + options.give_up_after;
  Clock::duration pause = 20ms;
  while (true) {
    std::vector<RecordPlace> left;
    std::uint64_t halted = 0;
    for (std::span<const RecordPlace> rest(records); !rest.empty();) {
      const auto now = rest.first(std::min(rest.size(), outcomes_asked_max));
      rest = rest.subspan(now.size());
      const auto answer = ask(now);
      if (!answer) return std::unexpected(answer.error());
      followed.counted += answer->counted;
      followed.conflict += answer->conflict;
      followed.rejected += answer->rejected;
      halted += answer->halted;
      if (options.on_incident) std::ranges::for_each(answer->incidents, options.on_incident);
      left.insert(left.end(), answer->ask_again.begin(), answer->ask_again.end());
      if (options.on_progress)
        options.on_progress(followed.counted + followed.conflict + followed.rejected, all);
      if (stopped()) {
        left.insert(left.end(), rest.begin(), rest.end());
        break;
      }
    }
    const bool moved = left.size() < records.size();
    records = std::move(left);
    followed.waiting = entries_of(records);
    followed.halted = halted;
    if (records.empty() || halted == followed.waiting || stopped()) return followed;
    if (moved) {
      until = Clock::now() + options.give_up_after;
      pause = 20ms;
      continue;
    }
    const auto wake = Clock::now() + pause;
    if (wake > until) return followed;
    while (Clock::now() < wake && !stopped())
      std::this_thread::sleep_for(std::min<Clock::duration>(wake - Clock::now(), 50ms));
    pause = std::min<Clock::duration>(pause * 2, 1s);
  }
}

}  // namespace teller
