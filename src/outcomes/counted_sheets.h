// Finds result sheets that were counted in the log, by the hashes that conflicts name. Of anything
// but a sheet it gives nothing: a ballot stays where it is.
//
// It reads all segments of a partition once for all that is asked of it, and keeps what it found.
// Safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>

#include "base/error.h"
#include "election/definition.h"
#include "election/entry.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

// The first 16 bytes of a leaf's hash: Incident::counted.
using LeafBegin = std::array<std::uint8_t, 16>;

class CountedSheets {
 public:
  // All of it outlives this.
  CountedSheets(Definition definition, CountReader& store, Segments& segments)
      : definition_(definition), store_(&store), segments_(&segments) {}

  // Errors: those of CountReader and Segments; stop segment.invalid.
  [[nodiscard]] Result<std::map<LeafBegin, Sheet>> find(std::uint16_t partition,
                                                        const std::set<LeafBegin>& wanted);

 private:
  using Found = std::map<LeafBegin, Sheet>;
  [[nodiscard]] Result<void> read(std::uint16_t partition, std::set<LeafBegin>& wanted,
                                  Found& found);

  const Definition definition_;
  CountReader* const store_;
  Segments* const segments_;
  std::mutex mutex_;
  std::map<std::uint16_t, Found> kept_;  // By partition; emptied when it becomes large.
};

}  // namespace teller
