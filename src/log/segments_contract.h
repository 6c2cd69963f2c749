// What every Segments must do, whatever it is made of. To bring an adapter under the contract, give
// its test a maker: struct MemoryMaker { std::unique_ptr<Segments> make(); };
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "count/roll_forward.h"
#include "log/segments.h"
#include "testing/example_election.h"

namespace teller {

template <typename Maker>
class SegmentsContract : public testing::Test {
 protected:
  const Rules rules = example::rules();
  const CountFile count = example::count();
  Maker maker;
  std::unique_ptr<Segments> segments = maker.make();

  // Counts `steps` steps and keeps their segments.
  Committed count_steps(Partition& partition, std::uint32_t steps) {
    for (std::uint32_t i = 0; i < steps; ++i) {
      Step step;
      const auto n = static_cast<std::uint32_t>(partition.at().number) * 10;
      const Change change = example::committed_step(
          partition, {example::ballot(n, {0}), example::ballot(n + 1, {1})}, &step);
      EXPECT_TRUE(segments->put(0, change.number, change.segment, step.segment));
    }
    return partition.at();
  }
};
TYPED_TEST_SUITE_P(SegmentsContract);

TYPED_TEST_P(SegmentsContract, WhatWasPutIsThere) {
  const Bytes bytes{1, 2, 3};
  const Hash hash = sha256(bytes);
  EXPECT_TRUE(this->segments->list(3, 12)->empty());
  ASSERT_TRUE(this->segments->put(3, 12, hash, bytes));
  ASSERT_TRUE(this->segments->put(3, 12, hash, bytes));
  EXPECT_EQ(*this->segments->get(3, 12, hash), bytes);
  EXPECT_EQ(*this->segments->list(3, 12), std::vector<Hash>{hash});
  EXPECT_TRUE(this->segments->list(3, 13)->empty());
  EXPECT_TRUE(this->segments->list(2, 12)->empty());
  EXPECT_EQ(this->segments->get(3, 12, Hash{}).error().code, "segments.missing");
}

TYPED_TEST_P(SegmentsContract, AStateRollsForwardAmongLeftoversOfStepsThatWereNotCommitted) {
  Partition partition(this->rules, this->count, 0);
  this->count_steps(partition, 3);
  // Somebody computed step 4 over another stretch, kept the segment, and died.
  Step lost;
  const Change change = example::step(partition, {example::ballot(777, {2})}, &lost);
  ASSERT_TRUE(this->segments->put(0, change.number, change.segment, lost.segment));
  ASSERT_TRUE(partition.settle(partition.at()));
  const Committed committed = this->count_steps(partition, 3);
  ASSERT_EQ(this->segments->list(0, 4)->size(), 2U);

  Partition fresh(this->rules, this->count, 0);
  ASSERT_TRUE(roll_forward(fresh, *this->segments, 0, committed));
  EXPECT_EQ(fresh.at(), committed);
  // And from the middle.
  ASSERT_TRUE(roll_forward(fresh, *this->segments, 0, this->count_steps(partition, 2)));
  EXPECT_EQ(fresh.at(), partition.at());
}

TYPED_TEST_P(SegmentsContract, AMissingSegmentIsNamed) {
  Partition partition(this->rules, this->count, 0);
  const Committed committed = this->count_steps(partition, 2);
  Partition fresh(this->rules, this->count, 0);
  const auto other = this->maker.make();
  const auto rolled = roll_forward(fresh, *other, 0, committed);
  ASSERT_FALSE(rolled);
  EXPECT_EQ(rolled.error().code, "segments.missing");
  EXPECT_EQ(rolled.error().detail, "segment 2 of partition 0");
}

REGISTER_TYPED_TEST_SUITE_P(SegmentsContract, WhatWasPutIsThere,
                            AStateRollsForwardAmongLeftoversOfStepsThatWereNotCommitted,
                            AMissingSegmentIsNamed);

}  // namespace teller
