#include "engine/engine.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "publish/publisher.h"
#include "testing/home_in_memory.h"
#include "verify/verify.h"

namespace teller {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class EngineTest : public MemoryHomeTest {
 protected:
  std::uint64_t counted() {
    Outcomes sum;
    const auto rows = store.partitions();
    for (const PartitionRow& row : *rows) sum += row.outcomes;
    return sum.counted;
  }
};

TEST_F(EngineTest, WhatIsRecordedIsCountedAndAllChecksHold) {
  const auto engine = start();
  for (std::uint32_t n = 0; n < 100; ++n) vote(engine->journal(), n);
  vote(engine->journal(), 7);
  ASSERT_TRUE(engine->drain());

  EXPECT_EQ(counted(), 100U);
  Publisher publisher(home->definition(), home->presentation, store, *signer);
  ASSERT_TRUE(publisher.run_once());
  const auto verified = verify(home->rules, home->count, home->presentation, store, segments);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
  EXPECT_EQ(verified->leaves, 100U);
}

TEST_F(EngineTest, AnEngineStartedAgainGoesOnWhereTheStoreStands) {
  {
    const auto engine = start();
    for (std::uint32_t n = 0; n < 10; ++n) vote(engine->journal(), n);
    ASSERT_TRUE(engine->drain());
  }
  // Recorded while no engine ran: by a process that died after it had acknowledged.
  for (std::uint32_t n = 5; n < 20; ++n) vote(journal, n);
  const auto engine = start();
  ASSERT_TRUE(engine->drain());
  EXPECT_EQ(counted(), 20U);
}

// The last few hundred ballots of a night do not come all at once.
TEST_F(EngineTest, AStepIsDueOnceItsMinimumHasComeBitByBit) {
  home->count.step = {1ms, 10, 1000};
  const auto engine = start();
  for (std::uint32_t n = 0; n < 4; ++n) vote(engine->journal(), n);
  std::this_thread::sleep_for(
      20ms);  // Not needed for the test to hold; lets the engine fall asleep.
  EXPECT_EQ(counted(), 0U);
  for (std::uint32_t n = 4; n < 12; ++n) vote(engine->journal(), n);
  while (counted() < 10) std::this_thread::sleep_for(1ms);
}

// A journal may let a record be read before it has answered for it.
TEST_F(EngineTest, ARecordThatIsCommittedBeforeItsAnswerComesIsNotWaitedForForever) {
  class LateJournal final : public Journal {
   public:
    explicit LateJournal(Journal& inner) : inner_(&inner) {}
    void append(std::uint16_t partition, Bytes record, Done done) override {
      inner_->append(partition, std::move(record), [&](Result<Position> position) {
        if (answers == 0) return done(position);
        --answers;
        kept.emplace_back([done, position] { done(position); });
      });
    }
    Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                            std::size_t bytes_max) override {
      return inner_->read(partition, from, bytes_max);
    }
    Result<Position> end(std::uint16_t partition) override { return inner_->end(partition); }
    int answers = 3;  // So many are kept back.
    std::vector<std::function<void()>> kept;

   private:
    Journal* inner_;
  } late(journal);
  auto engine = Engine::start({.home = home.get(),
                               .journal = &late,
                               .segments = &segments,
                               .store = &store,
                               .clock = &clock,
                               .failed = {},
                               .noted = {}});
  ASSERT_TRUE(engine);
  for (std::uint32_t n = 0; n < 3; ++n) {
    RecordBuilder record(home->count.id, 0);
    ASSERT_TRUE(record.add(example::id(n), Bytes{1, 2, 3}, {}));  // Rejected: that counts too.
    (*engine)->journal().append(0, record.finish(), [](const Result<Position>&) {});
  }
  vote((*engine)->journal(), 100);
  while (store.partitions()->at(0).outcomes.rejected < 3 || counted() < 1) {
    std::this_thread::sleep_for(1ms);
  }
  for (const auto& answer : late.kept) answer();
  ASSERT_TRUE((*engine)->drain());
  EXPECT_EQ((*engine)->numbers().waiting, 0U);
}

// One record nobody can read must not stop the night, and must not be passed over either.
TEST_F(EngineTest, APoisonRecordHaltsItsPartitionAndNoOther) {
  append(journal, 0, Bytes{1, 2, 3});
  const auto engine = start();
  for (std::uint32_t n = 0; n < 40; ++n) vote(engine->journal(), n);
  const auto rows = [&] { return *store.partitions(); };
  while (rows()[1].committed.position < *journal.end(1)) std::this_thread::sleep_for(1ms);
  while (!rows()[0].halted) std::this_thread::sleep_for(1ms);

  EXPECT_EQ(rows()[0].committed.number, 0U);
  EXPECT_NE(rows()[0].halted_because.find("record 0"), std::string::npos);
  EXPECT_FALSE(rows()[1].halted);
  EXPECT_GT(rows()[1].outcomes.counted, 0U);
}

// What came in would have positions that were counted long ago, and never be looked at.
TEST_F(EngineTest, WithoutTheJournalThatWasCountedNothingIsTaken) {
  for (std::uint32_t n = 0; n < 10; ++n) vote(journal, n);
  count();
  MemoryJournal empty(2);
  const auto engine = Engine::start({.home = home.get(),
                                     .journal = &empty,
                                     .segments = &segments,
                                     .store = &store,
                                     .clock = &clock,
                                     .failed = {},
                                     .noted = {}});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, "journal.gap");
}

// The first step takes four of the good ones; the fifth is in a round with the bad one.
TEST_F(EngineTest, WhatStandsBeforeAPoisonRecordIsCounted) {
  for (std::uint32_t n = 0; *journal.end(0) < 5; ++n) vote(journal, n);
  append(journal, 0, Bytes{1, 2, 3});
  const auto engine = start();
  for (std::uint32_t n = 100; n < 140; ++n) vote(engine->journal(), n);
  const auto row = [&] { return store.partitions()->front(); };
  while (!row().halted) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(row().committed.position, 5U);
  EXPECT_EQ(row().outcomes.counted, 5U);
  EXPECT_NE(row().halted_because.find("record 5"), std::string::npos);
}

// A journal whose first record of partition 0 reads badly until its file is restored.
class DamagedJournal final : public Journal {
 public:
  std::atomic<bool> damaged = true;
  explicit DamagedJournal(Journal& inner) : inner_(&inner) {}
  void append(std::uint16_t partition, Bytes record, Done done) override {
    inner_->append(partition, std::move(record), std::move(done));
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                          std::size_t bytes_max) override {
    auto records = inner_->read(partition, from, bytes_max);
    if (records && damaged && partition == 0 && from == 0) records->front().bytes.back() ^= 1;
    return records;
  }
  Result<Position> end(std::uint16_t partition) override { return inner_->end(partition); }

 private:
  Journal* inner_;
};

TEST_F(EngineTest, ARunningEngineGoesOnWhenAHaltedPartitionWasRestoredAndResumed) {
  for (std::uint32_t n = 0; n < 40; ++n) vote(journal, n);
  DamagedJournal damaged(journal);
  auto engine =
      Engine::start({.home = home.get(),
                     .journal = &damaged,
                     .segments = &segments,
                     .store = &store,
                     .clock = &clock,
                     .failed = [](const Error& error) { ADD_FAILURE() << to_text(error); },
                     .noted = {}});
  ASSERT_TRUE(engine);
  const auto row = [&](std::uint16_t partition) { return (*store.partitions())[partition]; };
  // What waits for a halted partition is not waited for; the rest is.
  ASSERT_TRUE((*engine)->drain());
  EXPECT_TRUE(row(0).halted);
  EXPECT_EQ(row(1).committed.position, *journal.end(1));
  EXPECT_EQ(row(0).outcomes, Outcomes{});

  // Resumed, but not restored: it halts again, and nothing was passed over.
  ASSERT_TRUE(*store.put_audit({0, {'a'}}, {.resumed = 0}));
  while (!row(0).halted) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(row(0).committed.number, 0U);

  damaged.damaged = false;
  ASSERT_TRUE(*store.put_audit({1, {'b'}}, {.resumed = 0}));
  while (row(0).committed.position < *journal.end(0)) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(counted(), 40U);
  for (std::uint32_t n = 40; n < 60; ++n) vote((*engine)->journal(), n);
  ASSERT_TRUE((*engine)->drain());
  EXPECT_EQ(counted(), 60U);
}

TEST_F(EngineTest, TwoPublishersMakeOneStatementANumber) {
  const auto engine = start();
  Publisher one(home->definition(), home->presentation, store, *signer),
      other(home->definition(), home->presentation, store, *signer);
  for (std::uint32_t n = 0; n < 6; ++n) {
    vote(engine->journal(), n);
    ASSERT_TRUE(engine->drain());
    ASSERT_TRUE(one.run_once());
    ASSERT_TRUE(other.run_once());
  }
  const auto rows = store.statements(0, 100);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 6U);
  const auto verified = verify(home->rules, home->count, home->presentation, store, segments);
  EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
}

// A signature cannot be taken back: what it said must not be contradicted by an older copy.
TEST_F(EngineTest, NothingIsSignedWhenTheStoreIsBehindWhatWasStated) {
  const auto engine = start();
  vote(engine->journal(), 1);
  ASSERT_TRUE(engine->drain());
  Publisher publisher(home->definition(), home->presentation, store, *signer);
  ASSERT_TRUE(publisher.run_once());
  const auto stated = store.statements(0, 10);

  MemoryStore restored;
  ASSERT_TRUE(restored.create(home->rules, home->presentation, home->count));
  for (const StatementRow& row : *stated) ASSERT_TRUE(restored.put_statement(row));
  Publisher again(home->definition(), home->presentation, restored, *signer);
  const auto pass = again.run_once();

  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, "log.rollback");
}

// A sink whose readers have so much, or which is away.
class ReadersSink final : public Sink {
 public:
  explicit ReadersSink(Result<Cursor> cursor) : cursor_(std::move(cursor)) {}
  Result<Cursor> cursor() override { return cursor_; }
  Result<void> publish(const Publication&) override { return {}; }
  Result<ReadBack> read_back(bool) override { return ReadBack{}; }

 private:
  Result<Cursor> cursor_;
};

// The older copy knows nothing of the newer statements; those who have read them do.
TEST_F(EngineTest, NothingIsSignedWhenReadersHaveMoreThanTheStore) {
  const auto engine = start();
  vote(engine->journal(), 1);
  ASSERT_TRUE(engine->drain());
  Publisher publisher(home->definition(), home->presentation, store, *signer);
  publisher.add(std::make_unique<ReadersSink>(Sink::Cursor{.commit = 0, .statements = 1}));
  const auto pass = publisher.run_once();
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, "log.rollback");
  EXPECT_TRUE(store.statements(0, 10)->empty());
}

TEST_F(EngineTest, APublisherSignsNothingWhenNoReaderCanBeAsked) {
  const auto engine = start();
  Publisher publisher(home->definition(), home->presentation, store, *signer);
  publisher.add(std::make_unique<ReadersSink>(fail(Remedy::retry, "sink.unavailable", "away")));
  const auto alone = publisher.run_once();
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, "sink.unavailable");
  EXPECT_TRUE(store.statements(0, 10)->empty());
  // One that answers is enough: the others may be away for as long as they like.
  publisher.add(std::make_unique<ReadersSink>(Sink::Cursor{}));
  const auto pass = publisher.run_once();
  ASSERT_TRUE(pass);
  EXPECT_TRUE(pass->stated);
}

TEST_F(EngineTest, VerifyNamesASegmentThatIsMissing) {
  {
    const auto engine = start();
    vote(engine->journal(), 1);
    ASSERT_TRUE(engine->drain());
  }
  MemorySegments empty;
  const auto verified = verify(home->rules, home->count, home->presentation, store, empty);
  ASSERT_TRUE(verified);
  ASSERT_FALSE(verified->good());
  EXPECT_EQ(verified->findings.list.front().check, Check::segment_there);
}

}  // namespace
}  // namespace teller
