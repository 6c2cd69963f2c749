// Entries that an older program rejected, wrongly. That program is not here any more; what it left
// behind is: its change in the store, its segment, and the record in the journal.
#include "operate/replay_rejected.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "log/merkle.h"
#include "log/segment.h"
#include "publish/audit_line.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

class ReplayTest : public MemoryHomeTest {
 protected:
  ReplayTest() : MemoryHome(1) {}

  Bytes ballot(std::uint32_t n) const { return encode(example::entry(n, {0}), home->count.id); }
  // A ballot of a style that the rules do not have: no program will ever count it.
  Bytes hopeless(std::uint32_t n) const {
    Bytes bytes = ballot(n);
    bytes[30] = 77;
    return bytes;
  }
  Position append(const std::vector<Bytes>& entries) {
    RecordBuilder record(home->count.id, 0);
    std::uint64_t number = 40;
    for (const Bytes& entry : entries) {
      const Envelope envelope{.sender = "scanner-3", .batch = "batch-12", .number = number++};
      EXPECT_TRUE(record.add(*id_of(entry), entry, envelope));
    }
    return MemoryHomeTest::append(journal, 0, record.finish());
  }
  // The step of a program that could not read a single entry of these records.
  void commit_all_rejected(const std::vector<Bytes>& entries) {
    const Committed at = (*store.partitions())[0].committed;
    Change change;
    change.count = home->count.id;
    change.number = at.number + 1;
    change.from = at.position;
    change.to = at.position + 1;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      change.incidents.push_back({Outcome::rejected,
                                  Reason::entry_style_unknown,
                                  change.from,
                                  i,
                                  *id_of(entries[i]),
                                  leaf_hash(entries[i]),
                                  {}});
      ++change.outcomes.rejected;
    }
    change.log_size = at.log_size;
    change.root = at.root;
    const Bytes segment = encode_segment({.count = home->count.id,
                                          .partition = 0,
                                          .number = change.number,
                                          .first_leaf = at.log_size,
                                          .leaves = 0,
                                          .root_before = at.root,
                                          .root_after = at.root},
                                         {});
    change.segment = sha256(segment);
    ASSERT_TRUE(segments.put(0, change.number, change.segment, segment));
    const std::vector<Bytes> changes{encode(change)};
    const auto done = store.commit(changes, 1);
    ASSERT_TRUE(done) << to_text(done.error());
    ASSERT_TRUE(done->verdicts.at(0).accepted) << to_text(done->verdicts.at(0).refusal);
  }
  Result<ReplayOutcome> replay() {
    return replay_rejected(*home, journal, store, clock,
                           {.actor = "a.huber",
                            .action = "replay-rejected",
                            .subject = "rejected entries",
                            .reason = "the new version reads style 0 again"});
  }
  Outcomes outcomes() { return (*store.partitions())[0].outcomes; }
};

TEST_F(ReplayTest, WhatIsReadableNowIsRecordedAnewAndCountedOnce) {
  const std::vector<Bytes> first{ballot(1), hopeless(2), ballot(3)}, second{ballot(4)};
  append(first);
  append(second);
  commit_all_rejected(first);
  commit_all_rejected(second);
  count();
  EXPECT_EQ(outcomes(), (Outcomes{.rejected = 4}));

  const auto done = replay();
  ASSERT_TRUE(done) << to_text(done.error());
  EXPECT_EQ(done->replays,
            (std::vector<Replay>{
                {{0, 0, 0}, {0, 2, 0}}, {{0, 0, 2}, {0, 2, 1}}, {{0, 1, 0}, {0, 2, 2}}}));
  ASSERT_EQ(done->refused.size(), 1);
  EXPECT_EQ(done->refused[0].place, (EntryPlace{0, 0, 1}));
  EXPECT_EQ(done->refused[0].code, "entry.style.unknown");
  count();
  EXPECT_EQ(outcomes(), (Outcomes{.counted = 3, .rejected = 4}));

  const auto incidents = store.incidents(0, 10);
  EXPECT_EQ((*incidents)[0].replayed_as, (EntryPlace{0, 2, 0}));
  EXPECT_EQ((*incidents)[1].replayed_as, std::nullopt);

  // Asked for twice: the copies are marked, so that nothing is recorded.
  const auto again = replay();
  ASSERT_TRUE(again) << to_text(again.error());
  EXPECT_TRUE(again->replays.empty());
  EXPECT_EQ(again->replayed_before, 3);
  EXPECT_EQ(*journal.end(0), 3);
  count();
  EXPECT_EQ(outcomes().counted, 3);
}

// It stays possible to find a batch that was scanned twice.
TEST_F(ReplayTest, TheCopyKeepsItsEnvelope) {
  const std::vector<Bytes> entries{hopeless(1), ballot(2)};
  append(entries);
  commit_all_rejected(entries);
  ASSERT_TRUE(replay());
  const auto records = journal.read(0, 1, 1);
  ASSERT_EQ(records->size(), 1);
  auto reader = RecordReader::open(records->front().bytes, home->count.id, 0);
  ASSERT_TRUE(reader);
  const auto item = reader->next();
  ASSERT_TRUE(item);
  EXPECT_TRUE(std::ranges::equal(item->entry, entries[1]));
  EXPECT_EQ(item->envelope.sender, "scanner-3");
  EXPECT_EQ(item->envelope.batch, "batch-12");
  EXPECT_EQ(item->envelope.number, 41);
  EXPECT_EQ(item->envelope.inbox_partition, -1);
}

// The process died after it had recorded the copies and before it had marked them, or two officers
// asked at once: the third copy is a duplicate.
TEST_F(ReplayTest, ACopyThatWasNotMarkedIsCountedOnce) {
  const std::vector<Bytes> entries{ballot(1)};
  append(entries);
  commit_all_rejected(entries);
  append(entries);
  ASSERT_TRUE(replay());
  count();
  EXPECT_EQ(outcomes(), (Outcomes{.counted = 1, .duplicate = 1, .rejected = 1}));
}

TEST_F(ReplayTest, ItIsInTheAuditLogBeforeAndAfter) {
  const std::vector<Bytes> entries{ballot(1)};
  append(entries);
  commit_all_rejected(entries);
  ASSERT_TRUE(replay());
  const auto lines = store.audit(0, 10);
  ASSERT_EQ(lines->size(), 3);
  const auto before = parse_audit_line(as_text((*lines)[1].bytes));
  const auto after = parse_audit_line(as_text((*lines)[2].bytes));
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->action, "replay-rejected");
  EXPECT_EQ(before->before, sha256(as_bytes("0 0 0 " + to_hex(leaf_hash(entries[0])) + "\n")));
  EXPECT_EQ(after->action, "replayed");
  EXPECT_EQ(after->after, sha256(as_bytes("0 0 0 0 1 0\n")));
}

TEST_F(ReplayTest, WithoutAnythingToReplayNothingIsWritten) {
  const std::vector<Bytes> entries{hopeless(1)};
  append(entries);
  commit_all_rejected(entries);
  const auto done = replay();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->refused.size(), 1);
  EXPECT_EQ(*store.last_audit(), std::nullopt);
  EXPECT_EQ(*journal.end(0), 1);
}

// What is in the journal now must be what was rejected: else somebody has changed it.
TEST_F(ReplayTest, OtherBytesAtThatPlaceAreRefused) {
  append({ballot(1)});
  commit_all_rejected({ballot(9)});
  const auto refused = replay();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "journal.corrupt");
  EXPECT_EQ(*store.last_audit(), std::nullopt);
}

}  // namespace
}  // namespace teller
