#include "log/segments_memory.h"

#include "base/check.h"

namespace teller {

Result<void> MemorySegments::put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                                 ByteView segment) {
  check(sha256(segment) == hash, "a segment is named by its hash");
  const std::scoped_lock lock(mutex_);
  segments_[{partition, number}][hash].assign(segment.begin(), segment.end());
  return {};
}

Result<Bytes> MemorySegments::get(std::uint16_t partition, std::uint64_t number, const Hash& hash) {
  const std::scoped_lock lock(mutex_);
  const auto& kept = segments_[{partition, number}];
  const auto found = kept.find(hash);
  if (found == kept.end())
    return fail(Remedy::stop, "segments.missing", segment_name(partition, number));
  return found->second;
}

Result<std::vector<Hash>> MemorySegments::list(std::uint16_t partition, std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  std::vector<Hash> hashes;
  for (const auto& [hash, bytes] : segments_[{partition, number}]) hashes.push_back(hash);
  return hashes;
}

}  // namespace teller
