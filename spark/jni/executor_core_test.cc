#include "executor_core.h"

#include <deque>

#include <gtest/gtest.h>

#include "base/check.h"
#include "log/segments_memory.h"
#include "sample_count.h"

namespace teller {
namespace {

// Segments that several executors share, as they share a folder.
class SharedSegments : public Segments {
 public:
  explicit SharedSegments(Segments& shared) : shared_(&shared) {}
  Result<void> put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                   ByteView segment) override {
    return shared_->put(partition, number, hash, segment);
  }
  Result<Bytes> get(std::uint16_t partition, std::uint64_t number, const Hash& hash) override {
    return shared_->get(partition, number, hash);
  }
  Result<std::vector<Hash>> list(std::uint16_t partition, std::uint64_t number) override {
    return shared_->list(partition, number);
  }

 private:
  Segments* shared_;
};

class ExecutorCoreTest : public testing::Test {
 protected:
  ~ExecutorCoreTest() override { set_check_handler(nullptr); }

  std::unique_ptr<ExecutorCore> executor() {
    return executor_over(std::make_unique<SharedSegments>(segments));
  }
  std::unique_ptr<ExecutorCore> executor_over(std::unique_ptr<Segments> over) {
    auto core =
        ExecutorCore::open(sample::rules_text(), sample::count_file().bytes, std::move(over));
    EXPECT_TRUE(core) << core.error().detail;
    return *std::move(core);
  }

  // The records of partition 0 from `from` on.
  std::vector<OffsetRecord> records(std::uint64_t from, std::initializer_list<Bytes> bytes) {
    std::vector<OffsetRecord> all;
    for (const Bytes& one : bytes) {
      kept.push_back(one);
      all.push_back({from++, kept.back()});
    }
    return all;
  }

  static Committed after(const Bytes& change) { return decode_change(change)->after(); }

  MemorySegments segments;
  std::deque<Bytes> kept;
  const Bytes first = sample::record({sample::ballot(1, 0), sample::ballot(2, 1)});
  const Bytes second = sample::record({sample::ballot(1, 0), sample::ballot(3, 0)});
  const Bytes third = sample::record({sample::ballot(2, 0), sample::ballot(4, 2)});
};

TEST_F(ExecutorCoreTest, AStepCountsAllRecordsAndKeepsItsSegmentFirst) {
  const auto change = executor()->step(0, {}, records(0, {first, second}));

  ASSERT_TRUE(change) << change.error().error.detail;
  const Change read = *decode_change(*change);
  EXPECT_EQ(read.outcomes, (Outcomes{.counted = 3, .duplicate = 1}));
  EXPECT_EQ(read.to, 2u);
  EXPECT_TRUE(segments.get(0, 1, read.segment));
}

// Spark may run a task again on the same executor before it is known whether the first one was
// committed.
TEST_F(ExecutorCoreTest, AStepComputedAgainIsTheSameBytes) {
  const auto core = executor();
  const auto once = core->step(0, {}, records(0, {first}));
  const auto again = core->step(0, {}, records(0, {first}));
  const auto longer = core->step(0, {}, records(0, {first, second}));

  ASSERT_TRUE(once && again && longer);
  EXPECT_EQ(*once, *again);
  EXPECT_EQ(decode_change(*longer)->outcomes.counted, 3u);
}

TEST_F(ExecutorCoreTest, AnotherExecutorGoesOnWhereTheStoreIs) {
  const auto one = executor(), other = executor();
  const auto step1 = one->step(0, {}, records(0, {first}));
  ASSERT_TRUE(step1);
  const auto step2 = other->step(0, after(*step1), records(1, {second}));
  ASSERT_TRUE(step2) << step2.error().error.detail;
  // And back to the first one, which is a step behind by now.
  const auto step3 = one->step(0, after(*step2), records(2, {third}));
  ASSERT_TRUE(step3) << step3.error().error.detail;
  EXPECT_EQ(decode_change(*step3)->outcomes, (Outcomes{.counted = 1, .conflict = 1}));

  const auto fresh = executor()->step(0, after(*step2), records(2, {third}));
  ASSERT_TRUE(fresh);
  EXPECT_EQ(*fresh, *step3);
}

// The step of another owner was committed in place of ours: same number, other bytes.
TEST_F(ExecutorCoreTest, AnOverlayThatLostIsForgotten) {
  const auto one = executor(), other = executor();
  ASSERT_TRUE(one->step(0, {}, records(0, {first})));
  const auto won = other->step(0, {}, records(0, {first, second}));
  ASSERT_TRUE(won);

  const auto next = one->step(0, after(*won), records(2, {third}));

  ASSERT_TRUE(next) << next.error().error.detail;
  EXPECT_EQ(decode_change(*next)->from, 2u);
  EXPECT_EQ(decode_change(*next)->log_size, 4u);
}

TEST_F(ExecutorCoreTest, AHoleIsNamed) {
  const auto core = executor();
  auto with_hole = records(0, {first, second});
  with_hole[1].offset = 5;

  const auto change = core->step(0, {}, with_hole);

  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().error.code, "journal.gap");
  EXPECT_EQ(change.error().offset, 1u);
}

TEST_F(ExecutorCoreTest, ARecordThatIsNoneIsNamedAndWhatStandsBeforeItCanBeCounted) {
  const auto core = executor();
  Bytes broken = second;
  broken[broken.size() / 2] ^= 1;

  const auto change = core->step(0, {}, records(0, {first, broken}));

  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().error.code, "journal.record_invalid");
  EXPECT_EQ(change.error().offset, 1u);
  EXPECT_TRUE(core->step(0, {}, records(0, {first})));
}

TEST_F(ExecutorCoreTest, ARecordOfAnotherPartitionIsNotCounted) {
  const auto change = executor()->step(
      0, {}, records(0, {sample::record({sample::ballot(1, 0)}, /*partition=*/1)}));
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().offset, 0u);
}

TEST_F(ExecutorCoreTest, AMissingSegmentIsNoFaultOfAnyRecord) {
  const auto step1 = executor()->step(0, {}, records(0, {first}));
  ASSERT_TRUE(step1);
  MemorySegments empty;

  const auto step2 = executor_over(std::make_unique<SharedSegments>(empty))
                         ->step(0, after(*step1), records(1, {second}));

  ASSERT_FALSE(step2);
  EXPECT_EQ(step2.error().error.code, "segments.missing");
  EXPECT_FALSE(step2.error().offset);
}

class BrokenSegments : public SharedSegments {
 public:
  using SharedSegments::SharedSegments;
  Result<void> put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                   ByteView segment) override {
    if (broken) check(false, "one leaf is one leaf");
    return SharedSegments::put(partition, number, hash, segment);
  }
  bool broken = true;
};

// In the JVM a broken check() must not take the executor away, and must not leave behind a state
// that may be wrong.
TEST_F(ExecutorCoreTest, ABrokenCheckBecomesAnErrorAndTheStateIsDropped) {
  throw_on_check();
  auto owned = std::make_unique<BrokenSegments>(segments);
  BrokenSegments& switchable = *owned;
  const auto core = executor_over(std::move(owned));

  const auto broken = core->step(0, {}, records(0, {first}));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().error.code, "check.failed");
  EXPECT_EQ(broken.error().offset, 0u);
  EXPECT_NE(broken.error().error.detail.find("one leaf is one leaf"), std::string::npos);

  switchable.broken = false;
  EXPECT_TRUE(core->step(0, {}, records(0, {first})));
}

TEST_F(ExecutorCoreTest, APartitionThatTheCountDoesNotHaveIsRefused) {
  const auto change = executor()->step(2, {}, records(0, {first}));
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().error.code, "partition.unknown");
}

TEST_F(ExecutorCoreTest, RulesOfAnotherCountAreRefused) {
  const auto core = ExecutorCore::open(sample::rules_text() + "\n", sample::count_file().bytes,
                                       std::make_unique<SharedSegments>(segments));
  ASSERT_FALSE(core);
  EXPECT_EQ(core.error().code, "count.other");
}

TEST_F(ExecutorCoreTest, AStepPolicyThatAMicroBatchCannotKeepIsRefused) {
  const auto core = ExecutorCore::open(sample::rules_text(), sample::count_file(2).bytes,
                                       std::make_unique<SharedSegments>(segments));
  ASSERT_FALSE(core);
  EXPECT_EQ(core.error().code, "policy.unsupported");
}

}  // namespace
}  // namespace teller
