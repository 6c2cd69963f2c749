// Decisions that were sent before enough officers had signed them: they wait here until the others
// have, or until their time is over. Where they lie is ApprovalRows' (store/approval_rows.h): a text each, a
// line of JSON that says who sent it and when, and behind it the decision's own file (decision.h).
//
// What always holds: a decision waits once, with all signatures that came, also where several processes
// take them; its time counts from when it first came. What waits decides nothing, and nothing of it is
// recorded. After a crash it is there as it was; a text that cannot be read is passed over, for its officers
// have the decision too. At most `waiting_max` decisions wait, with at most `bytes_max` bytes together, so
// that nobody fills the disk; processes that take some at the same moment may exceed it by those.
//
// Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"
#include "decide/decision.h"
#include "store/approval_rows.h"

namespace teller {

// One decision that waits.
struct Approval {
  std::string id;  // 16 hexadecimal digits of hash_of_decided().
  Control::Action action = Control::Action::open;
  std::string reason;
  std::uint64_t entries = 0;
  std::vector<std::string> officers;  // Who signed it.
  std::string by;                     // Who sent it first.
  std::int64_t came_us = 0, expires_us = 0;
  std::uint64_t bytes = 0;
};

class Approvals {
 public:
  static constexpr std::size_t waiting_max = 100;
  static constexpr std::uint64_t bytes_max = std::uint64_t{256} << 20;

  // `rows` and `clock` outlive this. Errors of all that follows: those of ApprovalRows.
  Approvals(ApprovalRows& rows, const Clock& clock, std::chrono::hours patience)
      : rows_(&rows), clock_(&clock), patience_(patience) {}

  // The decision with the signatures that wait of it, too, and what waits of it; nothing is changed.
  struct Joined {
    Decision decision;
    std::optional<Hash> waits = {};
  };
  // Errors: also reject control.approvals.
  [[nodiscard]] Result<Joined> joined(const Decision& decision);
  // Lets it wait, in place of what waited of it when it was joined. Nothing: something else waits of it
  // by now, so join it again. Errors: also reject decision.approvals_full.
  [[nodiscard]] Result<std::optional<Approval>> put(const Joined& joined, const std::string& by);
  // Lets it wait no longer, if it did.
  [[nodiscard]] Result<void> remove(const Decision& decision);

  // What waits, oldest first.
  [[nodiscard]] Result<std::vector<Approval>> list();
  // The file that officers sign; nothing when there is none.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view id);
  // Those whose time is over, which are gone now; of several processes one is given each.
  [[nodiscard]] Result<std::vector<Approval>> take_expired();

 private:
  // What was read of a row; nothing: it is not one of ours.
  struct Known {
    Hash version{};
    std::optional<Approval> row;
  };
  // Reads what is new. Under the mutex.
  [[nodiscard]] Result<void> look();

  ApprovalRows* const rows_;
  const Clock* const clock_;
  const std::chrono::hours patience_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;  // By id.
};

}  // namespace teller
