// A segment, from a disk or from an export. One that can be read is written the same; restoring a
// partition from any leaves takes all of it or nothing.
#include "log/segment.h"

#include "base/hash.h"
#include "count/partition.h"
#include "fuzz/target.h"
#include "log/merkle.h"

using namespace teller;

FUZZ_TARGET(segment) {
  const auto& [rules, count] = fuzz::definition();
  const auto segment = decode_segment(input, count->id);
  const auto head = decode_segment_head(input);
  if (!segment) {
    check(fuzz::is_known(segment.error().code), "an error has a known code");
    return;
  }
  check(head.has_value() && segment->head.leaves == segment->leaves.size(), "its head is its own");
  const Bytes again = encode_segment(segment->head, segment->leaves);
  check(std::ranges::equal(again, input), "one content, one byte string");

  // No fuzzer guesses a root: the same leaves as the first step of a partition, with the right one.
  CompactRange log;
  for (const Hash& hash : segment->hashes) log.append(hash);
  SegmentHead first = segment->head;
  first.partition = 0;
  first.number = 1;
  first.first_leaf = 0;
  first.root_before = empty_root();
  first.root_after = log.root();
  Partition partition(*rules, *count, 0);
  const auto restored = partition.restore(encode_segment(first, segment->leaves), 1);
  if (!restored) {
    check(fuzz::is_known(restored.error().code), "an error has a known code");
    check(partition.at() == Committed{} && partition.counted() == 0, "and nothing was taken");
    return;
  }
  check(partition.at().root == log.root() && partition.counted() == segment->leaves.size(),
        "all of it was taken");
  std::vector<RecordedEntry> entries;
  for (const ByteView leaf : segment->leaves) {
    entries.push_back({1, static_cast<std::uint32_t>(entries.size()), leaf});
  }
  const auto change = decode_change(partition.step(2, entries).change);
  check(change && change->outcomes.duplicate == entries.size() &&
            change->outcomes.recorded() == entries.size() && change->totals.empty() &&
            change->root == log.root(),
        "what a segment holds is counted: again it is all duplicates");
}
