// The sink for search: one index each for totals, options, units, incidents and the head, named
// teller-<first 8 digits of the count id>-…, and one for the audit log, audit-<the 8 digits>, which
// the board's account cannot read; mappings in schema/elasticsearch.
//
// Always true:
//   - A document has a fixed id and the number of the commit that last changed it as its external
//     version. Sending it again, late or from two publishers changes nothing: the server answers
//     409, already newer, and that is fine.
//   - The head document is written last, after everything else can be searched: whatever its
//     commit number says is there. It is also what a new sink goes on from.
//   - Audit lines are sent again by each new process: there are few, and their ids are fixed.
//   - An index names the whole count id and is refused if it is another's. Those of options and units are
//     deleted and made anew where an older program left them (`_meta.format`); its account may do that.
//
// One connection; called by the publisher's thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "publish/current_totals.h"
#include "publish/sink.h"

namespace teller {

class ElasticsearchSink final : public Sink {
 public:
  struct Server {
    std::string url;  // https://host:port
    std::filesystem::path ca;
    std::string user;
    std::filesystem::path password_file;  // Read before each request.
  };

  // `rules` and `count` outlive the sink.
  ElasticsearchSink(const Server& server, const Rules& rules, const CountFile& count);
  ~ElasticsearchSink() override;

  [[nodiscard]] Result<Cursor> cursor() override;
  [[nodiscard]] Result<void> publish(const Publication& publication) override;
  [[nodiscard]] Result<ReadBack> read_back(bool totals) override;

 private:
  class Connection;
  class Bulk;
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> send_changes(const Publication& publication);
  [[nodiscard]] Result<void> send_totals(Bulk& bulk, const Publication& publication);
  [[nodiscard]] Result<void> send_options(Bulk& bulk);
  [[nodiscard]] Result<void> send_units(Bulk& bulk);
  [[nodiscard]] Result<void> send_incidents(Bulk& bulk, const Publication& publication);
  [[nodiscard]] Result<void> send_audit(const Publication& publication);
  [[nodiscard]] Result<void> send_head(const Publication& publication);
  [[nodiscard]] std::string index(std::string_view what) const;

  std::unique_ptr<Connection> connection_;
  const Rules* rules_;
  const CountFile* count_;
  CurrentTotals totals_;
  bool prepared_ = false;
  bool told_ = false;          // Everything, once, and all of it has been sent.
  std::uint64_t indexed_ = 0;  // Commit and statements that readers have.
  std::uint64_t statements_ = 0;
  std::uint64_t audit_ = 0;  // Lines that this object has sent.
};

}  // namespace teller
