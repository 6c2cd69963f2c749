// The result sheets that were counted, by key and version, read from the log: what stands, and what
// stood before. The log is the state of a count, so nothing else has to be believed.
//
// What always holds: what find() gives is committed. It grows by catch_up() and never shrinks.
//
// Memory: some 300 bytes a sheet and version. A count without a contest that is counted from sheets
// reads nothing. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>

#include "base/error.h"
#include "count/sheets.h"
#include "election/definition.h"
#include "election/entry.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

class StandingSheets {
 public:
  // What `definition` points to outlives this.
  explicit StandingSheets(Definition definition);

  // Reads the segments of what was committed since the last call.
  // Errors: those of CountReader and Segments; stop segment.invalid.
  [[nodiscard]] Result<void> catch_up(CountReader& store, Segments& segments);

  // The sheet that stands for a key: of its highest version; null: none was counted. Valid until
  // the next catch_up().
  [[nodiscard]] const Sheet* find(const SheetKey& key) const;
  // The sheet of this version, or null.
  [[nodiscard]] const Sheet* at(const SheetKey& key, std::uint32_t version) const;
  // All versions by key.
  [[nodiscard]] const std::map<SheetKey, std::map<std::uint32_t, Sheet>>& all() const {
    return sheets_;
  }

 private:
  [[nodiscard]] Result<void> read(ByteView segment);

  const Definition definition_;
  std::uint64_t commit_ = 0;  // Up to which it has read.
  std::map<SheetKey, std::map<std::uint32_t, Sheet>> sheets_;
};

}  // namespace teller
