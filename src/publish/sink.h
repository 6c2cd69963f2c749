// Port: where published numbers go for people and systems that do not read the store.
//
// Adapters: sink_static_files.h, sink_elasticsearch.h. Both pass sink_contract.h. A sink that is
// down, slow or full never delays the count: the publisher notes it and tries again later.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "store/store.h"

namespace teller {

// What changed between two commits, and the statement that binds the later one (if there is one).
struct Publication {
  Snapshot snapshot;  // head of the later commit; totals: only those changed since the earlier.
  std::vector<Store::IncidentRow> incidents;  // Since the earlier.
  std::optional<StatementRow> statement;
};

class Sink {
 public:
  virtual ~Sink() = default;

  // The commit up to which this sink has everything; 0 when it is new. Errors: retry
  // sink.unavailable, reject count.other.
  [[nodiscard]] virtual Result<std::uint64_t> cursor() = 0;

  // Brings the sink to publication.snapshot.head.commit; the cursor is moved last. The same
  // publication again changes nothing, an older one is ignored.
  // Errors: retry sink.unavailable, retry sink.partial (some were refused; send again).
  [[nodiscard]] virtual Result<void> publish(const Publication& publication) = 0;
};

}  // namespace teller
