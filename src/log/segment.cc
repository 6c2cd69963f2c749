#include "log/segment.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "log/merkle.h"

namespace teller {
namespace {

constexpr std::string_view segment_magic = "TSEG";
constexpr std::uint8_t version_1 = 1;

std::unexpected<Error> invalid_segment(std::string what) {
  return fail(Remedy::stop, "segment.invalid", std::move(what));
}

}  // namespace

Bytes encode_segment(const SegmentHead& head, const std::vector<ByteView>& leaves) {
  check(head.leaves == leaves.size(), "a segment's head says how many leaves it has");
  std::size_t size = 128;
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
  for (const ByteView leaf : leaves) {
    out.u16(static_cast<std::uint16_t>(leaf.size()));
    out.raw(leaf);
  }
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
