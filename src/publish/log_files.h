// The public log while it grows: a folder that any web server can serve, and that programs which we
// did not write can read (C2SP tlog-tiles; schema/export.md).
//
//   checkpoint                    the signed note over the statements that are here; moved last
//   tile/…                        the log of statements, with its entry bundles
//   partitions/0000/tile/…        the log of votes of each partition: hashes, never entries
//
// Always true: all that `checkpoint` speaks of is on the disk, and was read back and led to the
// stated roots before it was put there. It follows the store by a moment, and by more while much is
// counted; the count never waits for it. Tiles of an earlier size stay until the tile is full, so
// that somebody who has an earlier checkpoint can go on reading.
//
// If the process dies here: tiles lie beyond the checkpoint, and nobody is led to them. The next pass writes the same bytes
// into the full ones, and takes the partial ones away first: one may be torn, and of a size that the log never has again. A folder whose edge was damaged is made anew.
//
// Reads segments, so it runs where entries may be read, and needs no key. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "log/segments.h"
#include "log/tiles.h"
#include "publish/statement.h"
#include "store/store.h"

namespace teller {

inline constexpr const char* log_folder = "log";  // Of the published files.

class LogFiles {
 public:
  // All that is passed must outlive it; the folder is made when it is first needed. From checkpoint
  // to checkpoint it goes at least one statement and no further than the one that brings
  // `leaves_at_once`: what is begun and not ended is done again.
  LogFiles(std::filesystem::path folder, const CountFile& count, Store& store, Segments& segments,
           std::uint64_t leaves_at_once = 1'000'000)
      : folder_(std::move(folder)),
        count_(&count),
        store_(&store),
        segments_(&segments),
        leaves_at_once_(leaves_at_once) {}

  // Brings the folder to the last statement of the store; says how many statements it has then.
  // Where `stop` says so it ends between two steps, at the last checkpoint it came to.
  // Errors: reject count.other (the checkpoint there is not signed by this count's key); stop
  // log.rollback (the store does not go on from what is here), log.broken (store and segments do
  // not lead to what was stated); those of store, segments and files.
  [[nodiscard]] Result<std::uint64_t> catch_up(const std::function<bool()>& stop = {});

 private:
  struct Logs {
    std::uint64_t statements = 0;
    std::optional<Statement> last = std::nullopt;
    TileBuilder tiles;                         // Of statements.
    std::vector<TileBuilder> partitions = {};  // Of votes.
  };
  [[nodiscard]] Result<Logs> begin();
  [[nodiscard]] Logs nothing();
  [[nodiscard]] Result<std::optional<Logs>> what_is_there();
  [[nodiscard]] Result<Statement> statement_of(const StatementRow& row) const;
  [[nodiscard]] Result<bool> go_on(Logs& logs, const std::function<bool()>& stop);
  [[nodiscard]] Result<std::string> add_statements(Logs& logs);
  [[nodiscard]] Result<bool> add_votes(Logs& logs, std::uint64_t after,
                                       const std::function<bool()>& stop);
  [[nodiscard]] Result<void> leads_to(const std::filesystem::path& log, std::uint64_t size,
                                      const Hash& root) const;
  [[nodiscard]] TileBuilder::File into(const std::filesystem::path& log) const;

  std::filesystem::path folder_;
  const CountFile* count_;
  Store* store_;
  Segments* segments_;
  std::uint64_t leaves_at_once_;
  std::optional<Logs> logs_;  // As of the checkpoint; nothing after an error.
};

}  // namespace teller
