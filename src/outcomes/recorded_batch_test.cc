// Whose batch a ballot is, by the journal's envelopes alone.
#include "outcomes/recorded_batch.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "testing/home_in_memory.h"

namespace teller {
namespace {

class RecordedBatchTest : public MemoryHomeTest {
 protected:
  RecordedBatch found(std::string_view batch, std::string_view sender = "") {
    auto read = find_recorded_batch(journal, home->count, batch, sender);
    EXPECT_TRUE(read) << (read ? "" : to_text(read.error()));
    return read ? std::move(*read) : RecordedBatch();
  }
  static std::vector<EntryId> ids(std::vector<std::uint32_t> numbers) {
    std::vector<EntryId> all;
    for (const std::uint32_t n : numbers) all.push_back(example::id(n));
    std::ranges::sort(all);
    return all;
  }
};

TEST_F(RecordedBatchTest, ItsBallotsAreFoundInAllPartitionsEachOnce) {
  const Envelope batch{.sender = "scanner-3", .batch = "17"};
  for (std::uint32_t n = 1; n <= 20; ++n) vote(journal, n, batch);
  vote(journal, 5, batch);  // Sent again.
  vote(journal, 21, {.sender = "scanner-3", .batch = "18"});
  const RecordedBatch all = found("17");
  EXPECT_EQ(all.ballots.size(), 20U);
  EXPECT_TRUE(all.elsewhere.empty());
  EXPECT_EQ(all.senders, (std::map<std::string, std::uint64_t>{{"scanner-3", 20}}));
  EXPECT_TRUE(found("19").ballots.empty());
}

// A card that another batch brought too may lie there, and a void of this batch would lose it.
TEST_F(RecordedBatchTest, ABallotThatCameFromElsewhereTooIsTold) {
  vote(journal, 1, {.sender = "scanner-3", .batch = "17"});
  vote(journal, 2, {.sender = "scanner-3", .batch = "17"});
  vote(journal, 3, {.sender = "scanner-3", .batch = "17"});
  vote(journal, 2, {.sender = "scanner-3", .batch = "18"});
  vote(journal, 3, {.sender = "file", .batch = ""});
  EXPECT_EQ(found("17").elsewhere, ids({2, 3}));
}

TEST_F(RecordedBatchTest, SendersThatNameABatchAlikeAreTold) {
  vote(journal, 1, {.sender = "scanner-3", .batch = "17"});
  vote(journal, 2, {.sender = "scanner-4", .batch = "17"});
  EXPECT_EQ(found("17").senders.size(), 2U);
  EXPECT_EQ(found("17", "scanner-4").ballots, ids({2}));
}

TEST_F(RecordedBatchTest, SheetsOfABatchAreNoBallots) {
  Sheet sheet;
  sheet.unit = example::north;
  sheet.contest = example::hall;
  sheet.votes = {{OptionId{0}, Figure::of(3)}};
  record(journal, {sheet_id(sheet), sheet}, {.sender = "file", .batch = "17"});
  vote(journal, 1, {.sender = "file", .batch = "17"});
  EXPECT_EQ(found("17").ballots, ids({1}));
  EXPECT_EQ(found("17").others, 1U);
}

}  // namespace
}  // namespace teller
