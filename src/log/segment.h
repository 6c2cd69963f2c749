// A segment: the leaves that one step adds to the log of its partition, as bytes. Their grammar is
// in schema/entry.md ("A segment").
//
// The leaves are sorted by leaf hash, so that nothing in a segment tells the order of arrival.
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/entry.h"
#include "log/merkle.h"

namespace teller {

// A segment's head. root_before links it to the step before, so that the committed chain can be
// found among segments that no committed step names.
struct SegmentHead {
  CountId count;
  std::uint16_t partition = 0;
  std::uint64_t number = 0;
  std::uint64_t first_leaf = 0;
  std::uint32_t leaves = 0;
  Hash root_before{}, root_after{};
};

// A segment whose frame, order and unique leaves were checked. Whether its leaves lead from root_before to the root of
// its step only the caller can check, who has the tree. `leaves` are the bytes of entries
// and point into the segment.
struct Segment {
  SegmentHead head;
  std::vector<ByteView> leaves;
  std::vector<Hash> hashes;  // Leaf hashes, strictly ascending.
};
[[nodiscard]] Bytes encode_segment(const SegmentHead& head, const std::vector<ByteView>& leaves);
// Errors: stop segment.invalid, stop count.other.
[[nodiscard]] Result<SegmentHead> decode_segment_head(ByteView bytes);
[[nodiscard]] Result<Segment> decode_segment(ByteView bytes, const CountId& count);

}  // namespace teller
