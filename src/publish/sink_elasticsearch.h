// The sink for search: one index each for totals, options, units, incidents and the head, named
// teller-<first 8 digits of the count id>-…, and one for the audit log, audit-<the 8 digits>, which
// the board's account cannot read (with a name of the count before the digits, if it has one);
// mappings in schema/elasticsearch.
//
// Always true:
//   - A document has a fixed id and the number of the commit that last changed it as its external
//     version. Sending it again, late or from two publishers changes nothing: the server answers
//     409, already newer, and that is fine.
//   - The head document is written last, after everything else can be searched: whatever its
//     commit number says is there. It is also what a new sink goes on from.
//   - Audit lines are sent again by each new process: there are few, and their ids are fixed.
//   - No write makes an index. One that is missing, guessed, foreign, of an older program or short of
//     documents is built anew from the store, also under a publisher that has nothing to send: it looks
//     every two seconds (search_indices.h; docs/decisions/0016). One of another count is refused.
//
// One connection; called by the publisher's thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/current_totals.h"
#include "publish/search_indices.h"
#include "publish/search_server.h"
#include "publish/sink.h"

namespace teller {

class ElasticsearchSink final : public Sink {
 public:
  using Server = SearchServer::Place;

  // `rules` and `count` outlive the sink. `told_of` is told which index is built anew, and why.
  ElasticsearchSink(const Server& server, const Rules& rules, const CountFile& count,
                    std::function<void(const std::string&)> told_of = {});
  ~ElasticsearchSink() override;

  [[nodiscard]] Result<Cursor> cursor() override;
  [[nodiscard]] Result<void> publish(const Publication& publication) override;
  [[nodiscard]] Result<ReadBack> read_back(bool totals) override;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds look_every{2};
  class Bulk;
  void begin_anew();
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<bool> still_ours();
  [[nodiscard]] Result<void> everything_is_there(const Publication& publication);
  [[nodiscard]] Result<void> send_changes(const Publication& publication);
  [[nodiscard]] Result<void> send_totals(Bulk& bulk, const Publication& publication);
  [[nodiscard]] Result<void> send_options(Bulk& bulk);
  [[nodiscard]] Result<void> send_units(Bulk& bulk);
  [[nodiscard]] Result<void> send_incidents(Bulk& bulk, const Publication& publication);
  [[nodiscard]] Result<void> send_audit(const Publication& publication);
  [[nodiscard]] Result<void> refresh();
  [[nodiscard]] Result<void> send_head(const Publication& publication);

  SearchServer server_;
  SearchIndices indices_;
  std::function<void(const std::string&)> told_of_;
  const Rules* rules_;
  const CountFile* count_;
  CurrentTotals totals_;
  bool prepared_ = false;
  Clock::time_point looked_{};
  std::optional<SearchIndices::All> filled_;   // The indices that this object fills.
  std::vector<SearchIndices::Kind> short_of_;  // To be made anew, because documents are missing.
  bool told_ = false;                          // Everything, once, and all of it has been sent.
  std::uint64_t indexed_ = 0;                  // Commit and statements that readers have.
  std::uint64_t statements_ = 0;
  std::uint64_t audit_ = 0;  // Lines that this object has sent.
};

}  // namespace teller
