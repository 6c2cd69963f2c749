#include "log/segment.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "log/merkle.h"

namespace teller {
namespace {

constexpr std::string_view segment_magic = "TSEG";
constexpr std::uint8_t version_1 = 1;
constexpr std::size_t segment_head_bytes = 4 + 1 + 16 + 2 + 8 + 8 + 4 + 32 + 32;

std::unexpected<Error> invalid_segment(std::string what) {
  return fail(Remedy::stop, "segment.invalid", std::move(what));
}

}  // namespace

Bytes encode_segment(const SegmentHead& head, const std::vector<ByteView>& leaves) {
  check(head.leaves == leaves.size(), "a segment's head says how many leaves it has");
  std::size_t size = segment_head_bytes;
  for (const ByteView leaf : leaves) size += leaf.size() + 2;
  Bytes bytes;
  bytes.reserve(size);
  ByteWriter out(bytes);
  out.raw(segment_magic);
  out.u8(version_1);
  out.raw(ByteView(head.count.bytes));
  out.u16(head.partition);
  out.u64(head.number);
  out.u64(head.first_leaf);
  out.u32(head.leaves);
  out.raw(head.root_before);
  out.raw(head.root_after);
  // Leaves come in the order of their hashes from anywhere in the records: without asking ahead each
  // waits for memory. In one piece, for two appends a leaf cost more than its bytes.
  constexpr std::size_t ahead = 8;
  std::size_t at = bytes.size();
  bytes.resize(size);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (i + ahead < leaves.size() && !leaves[i + ahead].empty()) {
      __builtin_prefetch(leaves[i + ahead].data());
      __builtin_prefetch(&leaves[i + ahead].back());
    }
    const ByteView leaf = leaves[i];
    const auto length = static_cast<std::uint16_t>(leaf.size());
    std::memcpy(bytes.data() + at, &length, sizeof length);  // Little-endian, as in ByteWriter.
    std::copy(leaf.begin(), leaf.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at) + 2);
    at += 2U + leaf.size();
  }
  check(at == bytes.size(), "a segment is as long as its leaves make it");
  return bytes;
}

namespace {

Result<SegmentHead> read_head(ByteReader& in) {
  if (as_text(in.take(4)) != segment_magic) return invalid_segment("does not begin like a segment");
  if (in.u8() != version_1) return invalid_segment("a version that is not known here");
  SegmentHead head;
  head.count.bytes = in.array<16>();
  head.partition = in.u16();
  head.number = in.u64();
  head.first_leaf = in.u64();
  head.leaves = in.u32();
  head.root_before = in.array<32>();
  head.root_after = in.array<32>();
  if (!in.ok()) return invalid_segment("ends within its head");
  return head;
}

}  // namespace

Result<SegmentHead> decode_segment_head(ByteView bytes) {
  ByteReader in(bytes);
  return read_head(in);
}

Result<Segment> decode_segment(ByteView bytes, const CountId& count) {
  ByteReader in(bytes);
  auto head = read_head(in);
  if (!head) return std::unexpected(head.error());
  if (!(head->count == count))
    return fail(Remedy::stop, "count.other", "a segment of another count");
  if (!in.can_hold(head->leaves, 2)) return invalid_segment("ends within its leaves");
  Segment segment;
  segment.head = *head;
  segment.leaves.reserve(head->leaves);
  segment.hashes.reserve(head->leaves);
  for (std::uint32_t i = 0; i < head->leaves; ++i) {
    const ByteView leaf = in.take(in.u16());
    if (!in.ok()) return invalid_segment("ends within its leaves");
    const Hash hash = leaf_hash(leaf);
    if (i > 0 && !(segment.hashes.back() < hash)) {
      return invalid_segment("its leaves are not in ascending order of their hashes");
    }
    segment.leaves.push_back(leaf);
    segment.hashes.push_back(hash);
  }
  if (!in.done()) return invalid_segment("bytes are left over");
  return segment;
}

}  // namespace teller
