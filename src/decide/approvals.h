// Decisions that were sent before enough officers had signed them: they wait here until the others
// have, or until their time is over. Each lies in a file of its own in the folder `officers/approvals` of the home
// (0600): a line of JSON that says who sent it and when, and behind it the decision's own file (decision.h).
//
// What always holds: a decision waits once, with all signatures that came; its time counts from when it
// first came. What waits decides nothing, and nothing of it is recorded. After a crash it is
// there as it was; a file that cannot be read is passed over, for its officers have the decision too.
// At most `waiting_max` decisions wait, with at most `bytes_max` bytes together, so that nobody fills the disk.
//
// Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "decide/decision.h"

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

  // Reads what waits. `clock` outlives this. Errors: those of files.
  [[nodiscard]] static Result<std::unique_ptr<Approvals>> open(std::filesystem::path folder,
                                                               const Clock& clock,
                                                               std::chrono::hours patience);

  // The decision with the signatures that wait of it, too. Nothing is changed.
  // Errors: reject control.approvals; those of files.
  [[nodiscard]] Result<Decision> joined(const Decision& decision) const;
  // Lets it wait, in place of what waited of it before. Errors: reject decision.approvals_full; those of files.
  [[nodiscard]] Result<Approval> put(const Decision& decision, const std::string& by);
  // Lets it wait no longer, if it did. Errors: those of files.
  [[nodiscard]] Result<void> remove(const Decision& decision);

  // What waits, oldest first.
  [[nodiscard]] std::vector<Approval> list() const;
  // The file that officers sign; nothing when there is none. Errors: those of files.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view id) const;
  // Those whose time is over, which are gone now. Errors: those of files.
  [[nodiscard]] Result<std::vector<Approval>> take_expired();

 private:
  Approvals(std::filesystem::path folder, const Clock& clock, std::chrono::hours patience)
      : folder_(std::move(folder)), clock_(&clock), patience_(patience) {}
  [[nodiscard]] std::filesystem::path file_of(const std::string& id) const;
  [[nodiscard]] Result<std::optional<std::string>> text_of(const std::string& id) const;

  const std::filesystem::path folder_;
  const Clock* const clock_;
  const std::chrono::hours patience_;
  mutable std::mutex mutex_;
  std::map<std::string, Approval> waiting_;  // By id.
};

}  // namespace teller
