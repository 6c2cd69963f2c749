// Entries beyond what the vectors of schema/entry.md say (src/intake/vectors_test.cc).
#include "election/entry.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "election/murmur2.h"

namespace teller {
namespace {

constexpr std::uint16_t partitions = 4096;

EntryId id_with(std::uint8_t first) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[0] = first;
  return make_uuid(bytes, 4);
}

Entry void_of(const Entry& undone) {
  Control control;
  control.action = Control::Action::void_ballot;
  control.target = encode(undone, CountId{});
  return {id_with(9), control};
}

// What undoes an entry is counted by the partition that counted the entry, or it would find
// nothing.
TEST(PartitionOf, AVoidMeetsTheBallotThatItUndoes) {
  const Entry ballot{id_with(1), Ballot{}};
  EXPECT_EQ(partition_of(void_of(ballot), partitions), partition_of(ballot, partitions));
}

TEST(PartitionOf, WhatIsKeptOfAConflictMeetsTheEntryThatCounts) {
  Control keep;
  keep.action = Control::Action::keep;
  const Entry ballot{id_with(1), Ballot{}};
  keep.kept.id = ballot.id;
  EXPECT_EQ(partition_of({id_with(9), keep}, partitions), partition_of(ballot, partitions));
  Sheet sheet;
  sheet.unit = {17};
  sheet.version = 3;
  const Entry counted{sheet_id(sheet), sheet};
  const Bytes bytes = encode(counted, CountId{});
  keep.kept.kind = EntryKind::sheet;
  keep.kept.id = counted.id;
  std::copy_n(bytes.begin() + entry_head_bytes, 7, keep.kept.key.begin());
  EXPECT_EQ(partition_of({id_with(9), keep}, partitions), partition_of(counted, partitions));
}

TEST(PartitionOf, ADecisionAboutTheStageBelongsToThePartitionThatItNames) {
  Control control;
  control.partition = 17;
  EXPECT_EQ(partition_of({id_with(9), control}, partitions), 17);
}

TEST(PartitionOf, AllVersionsOfASheetMeet) {
  Sheet first, second;
  first.unit = second.unit = {17};
  second.version = 2;
  EXPECT_NE(sheet_id(first), sheet_id(second));
  EXPECT_EQ(partition_of({sheet_id(first), first}, partitions),
            partition_of({sheet_id(second), second}, partitions));
}

TEST(DerivedId, TheSameRecordGivesTheSameIdAndAnotherSecretAnother) {
  const Bytes secret(32, 1), other(32, 2);
  const EntryId id = derived_id(secret, "box 3, card 17");
  EXPECT_EQ(id, derived_id(secret, "box 3, card 17"));
  EXPECT_NE(id, derived_id(secret, "box 3, card 18"));
  EXPECT_NE(id, derived_id(other, "box 3, card 17"));
  EXPECT_TRUE(is_v4_or_v8(id));
}

TEST(Uuid, OneSpellingInAndOneOut) {
  const std::string text = "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b";
  const auto id = parse_uuid(text);
  ASSERT_TRUE(id);
  EXPECT_EQ(to_text(*id), text);
  for (const char* wrong :
       {"", "6a1f0e2b3c4d4e5f8a9b0c1d2e3f4a5b", "{6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b}",
        "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5g", "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b "}) {
    EXPECT_FALSE(parse_uuid(wrong)) << wrong;
  }
}

// The values of Kafka's own UtilsTest, so that a Java producer and we choose the same partition.
TEST(Murmur2, AgreesWithKafka) {
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("21"))), -973932308);
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("foobar"))), -790332482);
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("a-little-bit-long-string"))), -985981536);
  EXPECT_EQ(static_cast<std::int32_t>(
                murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"))),
            -58897971);
}

}  // namespace
}  // namespace teller
