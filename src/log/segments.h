// Port: where segments are kept. Immutable, durable before their step is offered to the store,
// named by partition, step number and content hash; a segment that no committed step names is
// garbage and harmless.
//
// Adapters: segments_memory.h, segments_directory.h. Both pass segments_contract.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "count/partition.h"
#include "count/step.h"

namespace teller {

class Segments {
 public:
  virtual ~Segments() = default;

  // Durable when it returns. The same segment again is fine.
  // Errors: retry segments.full; stop segments.io.
  [[nodiscard]] virtual Result<void> put(std::uint16_t partition, std::uint64_t number,
                                         const Hash& hash, ByteView segment) = 0;

  // Errors: stop segments.missing, segments.corrupt (the bytes do not have the hash), segments.io.
  [[nodiscard]] virtual Result<Bytes> get(std::uint16_t partition, std::uint64_t number,
                                          const Hash& hash) = 0;

  // The hashes of all segments kept for this step; committed or not.
  [[nodiscard]] virtual Result<std::vector<Hash>> list(std::uint16_t partition,
                                                       std::uint64_t number) = 0;
};

// "segment 12 of partition 3", for messages.
[[nodiscard]] std::string segment_name(std::uint16_t partition, std::uint64_t number);

// Brings `partition` from where it stands to `committed` by walking the chain of segments back
// from the committed root and then forward again. The one way a state is recovered, in every host.
// Errors: stop segments.missing (name of the step; the caller may compute it again from the
// journal), and those of Segments.
[[nodiscard]] Result<void> roll_forward(Partition& partition, Segments& segments,
                                        std::uint16_t number, const Committed& committed);

}  // namespace teller
