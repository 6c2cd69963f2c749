// Takes what a source has and delivers it, a pass at a time; and keeps what became of all of it.
//
// What always holds:
//   - What one pass finds is delivered in the order of the times of its figures, and of its names.
//   - Each file is read as it stands; a row that is wrong holds its sheet and nothing else. What cannot
//     be read is told once, and read again when it has changed.
//   - Nothing is remembered but for the summary. Whether something was delivered before is asked of the
//     count, so the same pass again, after a crash too, changes nothing.
//   - What cannot be delivered now is offered again by the next pass, and so is what follows it.
//
// One thread. Owns no clock and no pause: its caller says when (src/cli/feed.cc).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"
#include "feed/feed_source.h"
#include "results/import.h"
#include "results/mapping.h"
#include "results/timed_results.h"

namespace teller {

// What became of one delivery, for whoever tells it.
struct FeedDelivery {
  enum class Kind {
    delivered,  // It was compared with what stands; `report` says what became of each sheet.
    again,      // It was delivered before.
    came_late,  // It was delivered before, and comes again after later figures.
    held,       // Not one whole sheet was in it.
  };
  Kind kind = Kind::delivered;
  std::string file;
  std::string figures_at;  // In UTC; empty if held and the mapping does not say it.
  const ResultsTable* table = nullptr;
  const BoundResults* bound = nullptr;
  std::string report = {};  // As report_json() of deliver/delivery_json.h makes it; empty if held.
};

struct FeedSummary {
  std::uint64_t deliveries = 0, again = 0, came_late = 0, falls = 0;
  std::map<std::string, std::uint64_t> became;  // Sheets of the deliveries, by word.
  // Files of which not all was taken when they were read last, and why.
  std::map<std::string, std::string> open;
  std::uint64_t files = 0;           // That were there to be read.
  std::vector<std::string> folders;  // In the folder; what is in them is not looked at.
  bool is_behind = false;            // The last pass could not look, or not deliver.
  // All that was taken is counted, or was before; and something was there, or nothing at all.
  [[nodiscard]] bool all_well() const;
};

class Feed {
 public:
  struct Parts {
    FeedSource* source;
    Mapping mapping;
    Definition definition;
    std::string name;  // Whose figures they are.
    Incomplete incomplete = Incomplete::hold;
    // The report, as JSON. Errors: any.
    std::function<Result<std::string>(const Delivery&)> deliver;
    // Whether an error of it is the end: nothing can be delivered any more.
    std::function<bool(const Error&)> is_end;
    std::function<void(const FeedDelivery&)> told;
    // A fault of one file, or (no name) of the source or of the other side.
    std::function<void(const std::string& file, const Error&)> trouble;
    std::function<bool()> stop;  // Between two deliveries.
  };
  explicit Feed(Parts parts);

  struct Pass {
    bool was_good = true;     // It could look, and deliver what it found.
    bool is_waiting = false;  // There is something that stands not still yet.
    std::chrono::milliseconds at_least{0};
  };
  // Errors: what is_end() says is the end.
  [[nodiscard]] Result<Pass> pass(std::int64_t now_us);

  [[nodiscard]] const FeedSummary& summary() const { return summary_; }

 private:
  struct Piece {
    FeedFile file;
    std::optional<std::int64_t> figures_at_us;  // As the mapping says.
    std::optional<TimedResults> results;        // Empty: to be read again.
  };
  [[nodiscard]] Result<std::vector<TimedResults>> read(const FeedFile& file);
  [[nodiscard]] std::vector<Piece> pieces_of(const std::vector<FeedFile>& files, Pass& pass);
  [[nodiscard]] Result<TimedResults> results_of(Piece& piece);
  [[nodiscard]] Result<void> deliver(Piece& piece);
  [[nodiscard]] Result<void> take_in(const std::string& answer, FeedDelivery& delivery);
  void refuse(const std::string& file, const Error& error);
  void not_taken_whole(const std::string& file, const std::string& why);
  [[nodiscard]] bool may_be_cut(const FeedFile& file) const;

  const Parts parts_;
  FeedSummary summary_;
  std::int64_t now_us_ = 0;  // Of the pass.
  std::string latest_;       // Of the times of the figures that were delivered or known before.
};

}  // namespace teller
