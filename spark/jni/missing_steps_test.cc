#include "missing_steps.h"

#include <gtest/gtest.h>

#include "executor_core.h"
#include "log/segments_memory.h"
#include "sample_count.h"
#include "store/store_memory.h"

namespace teller {
namespace {

// Segments of which some can be lost.
class LossySegments : public Segments {
 public:
  explicit LossySegments(MemorySegments& kept) : kept_(&kept) {}
  Result<void> put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                   ByteView segment) override {
    lost.erase(std::remove(lost.begin(), lost.end(), number), lost.end());
    return kept_->put(partition, number, hash, segment);
  }
  Result<Bytes> get(std::uint16_t partition, std::uint64_t number, const Hash& hash) override {
    if (std::ranges::find(lost, number) != lost.end())
      return fail(Remedy::stop, "segments.missing", "lost");
    return kept_->get(partition, number, hash);
  }
  Result<std::vector<Hash>> list(std::uint16_t partition, std::uint64_t number) override {
    if (std::ranges::find(lost, number) != lost.end()) return std::vector<Hash>{};
    return kept_->list(partition, number);
  }
  std::vector<std::uint64_t> lost;

 private:
  MemorySegments* kept_;
};

class MissingStepsTest : public testing::Test {
 protected:
  std::unique_ptr<ExecutorCore> executor() {
    auto over = std::make_unique<LossySegments>(kept);
    over->lost = lost;
    last = over.get();
    auto core =
        ExecutorCore::open(sample::rules_text(), sample::count_file().bytes, std::move(over));
    EXPECT_TRUE(core);
    return *std::move(core);
  }
  void SetUp() override {
    const auto rules = Rules::parse(sample::rules_text(), "rules.json");
    Presentation presentation;
    presentation.bytes = "{}";
    ASSERT_TRUE(store.create(*rules, presentation, sample::count_file()));
    const auto core = executor();
    for (std::uint64_t i = 0; i < journal.size(); ++i) {
      const OffsetRecord record{i, journal[i]};
      const auto change = core->step(0, store.partitions()->at(0).committed, {&record, 1});
      ASSERT_TRUE(change) << change.error().error.detail;
      ASSERT_TRUE(store.commit({&*change, 1}, 1)->verdicts.at(0).accepted);
    }
  }

  MemorySegments kept;
  std::vector<std::uint64_t> lost;
  LossySegments* last = nullptr;
  MemoryStore store;
  const std::vector<Bytes> journal = {sample::record({sample::ballot(1, 0)}),
                                      sample::record({sample::ballot(2, 1)}),
                                      sample::record({sample::ballot(3, 2)})};
};

TEST_F(MissingStepsTest, NothingIsMissingWhereAllIsThere) {
  LossySegments segments(kept);
  EXPECT_TRUE(missing_steps(store, segments, 0, 10)->empty());
  EXPECT_TRUE(missing_steps(store, segments, 1, 10)->empty());
}

TEST_F(MissingStepsTest, ALostSegmentIsBackWhenItsStepIsCountedAgain) {
  lost = {2, 3};
  const Committed committed = store.partitions()->at(0).committed;
  const auto core = executor();  // A new process, that knows only the segments.
  const Bytes fourth = sample::record({sample::ballot(4, 0)});
  const OffsetRecord next{3, fourth};
  ASSERT_EQ(core->step(0, committed, {&next, 1}).error().error.code, "segments.missing");

  const auto missing = missing_steps(store, *last, 0, 10);
  ASSERT_TRUE(missing);
  ASSERT_EQ(missing->size(), 2u);
  EXPECT_EQ(missing_steps(store, *last, 0, 1)->size(), 1u);
  for (const MissingStep& step : *missing) {
    ASSERT_EQ(step.to, step.before.position + 1);
    const OffsetRecord record{step.before.position, journal[step.before.position]};
    ASSERT_TRUE(core->step(0, step.before, {&record, 1}));
  }

  EXPECT_TRUE(missing_steps(store, *last, 0, 10)->empty());
  EXPECT_TRUE(core->step(0, committed, {&next, 1}));
}

}  // namespace
}  // namespace teller
