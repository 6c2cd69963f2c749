// Port: where segments are kept. A segment never changes, is durable before its step is offered to the store, and is
// named by partition, step number and the hash of its content. One that no committed step names is garbage, and
// harmless.
//
// Adapters: segments_memory.h, segments_directory.h. Both pass segments_contract.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"

namespace teller {

class Segments {
 public:
  virtual ~Segments() = default;

  // The segment is durable when it returns. Putting the same one again is fine.
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

}  // namespace teller
