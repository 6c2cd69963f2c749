#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "election/count_file.h"
#include "election/rules.h"
#include "log/tiles.h"
#include "verify/evidence.h"

namespace teller {

// An export (publish/export.h), from its files alone: segments are put together again from entry
// bundles, tiles are computed again from the entries, and every file must have its place in the
// layout.
class ExportEvidence final : public Evidence {
 public:
  // `statements`: how many of them the folder has (find_statements).
  ExportEvidence(std::filesystem::path folder, const Rules& rules, const CountFile& count,
                 std::uint64_t statements);

  [[nodiscard]] std::uint64_t leaves() const override;
  [[nodiscard]] Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                             std::uint64_t limit) override;
  [[nodiscard]] Result<std::vector<StepRow>> steps(std::uint64_t statement, std::uint64_t after,
                                                   std::uint64_t upto) override;
  [[nodiscard]] Result<std::vector<StepRow>> unstated(std::uint64_t after) override;
  [[nodiscard]] Result<Bytes> segment(const StepRow& step, const Committed& before) override;
  [[nodiscard]] Result<void> compare(const Counted& counted, Findings& findings) override;

 private:
  struct Log {
    Log(const std::filesystem::path& folder, std::uint64_t size) : tiles(folder, size) {}
    TileReader tiles;
    std::optional<TileBuilder> again;  // Its files are held against those that are there.
    bool whole = true;                 // Every entry so far could be read and belongs here.
  };
  [[nodiscard]] TileBuilder holding_against(const std::string& prefix);
  void compare_totals(const Counted& counted, Findings& findings) const;
  void compare_hashes_only(Log& log, const std::string& prefix, const Hash& root,
                           Findings& findings);
  [[nodiscard]] Result<void> compare_files(const std::vector<std::string>& skipped,
                                           Findings& findings);

  std::filesystem::path folder_;
  const Rules* rules_;
  const CountFile* count_;
  Log statements_;
  std::vector<Log> partitions_;
  bool entries_ = true;  // The bundles of the votes are there.
  std::string steps_text_;
  std::vector<std::string_view> step_lists_;  // By statement; of steps_text_.
  std::optional<std::string> steps_wrong_;
  std::set<std::string> known_;  // Files that belong to the layout.
  std::vector<std::string> tiles_wrong_;
};

// How many statements are in the folder's log, by its bundles, and the last of them.
struct ExportedStatements {
  std::uint64_t size = 0;
  std::optional<Statement> last;
  // The last one's hash is the one in its tile: its bytes are as they were exported.
  bool last_has_its_hash = false;
};
[[nodiscard]] ExportedStatements find_statements(const std::filesystem::path& folder);

}  // namespace teller
