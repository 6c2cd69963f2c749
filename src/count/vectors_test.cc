// Steps of schema/entry.md, byte for byte, as a plain Python program counted them that knows only
// the document (tests/vectors/make_entry_vectors.py).
#include "testing/vectors.h"

#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "count/partition.h"

namespace teller {
namespace {

// With the name of a list of steps.
class StepVectors : public ::testing::TestWithParam<const char*>, protected EntryVectors {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(read());
    count_.partitions = 1;
    steps_ = vectors_[GetParam()]["steps"];
    const std::string_view steps = GetParam();
    if (steps != "decision_steps" && steps != "resolution_steps") return;
    const auto& decisions = vectors_["decisions"];
    count_.partitions = decisions["partitions"];
    count_.approvals = decisions["approvals"];
    for (const auto& listed : decisions["officers"]) {
      Officer officer{listed["name"], role_named(listed["role"].get<std::string>()).value(), {}};
      ASSERT_TRUE(from_hex(listed["key"].get<std::string>(), officer.key));
      count_.officers.push_back(std::move(officer));
    }
  }

  static Step run(Partition& partition, const nlohmann::json& step) {
    std::vector<Bytes> kept;
    std::vector<RecordedEntry> entries;
    for (const auto& item : step["recorded"]) {
      kept.push_back(bytes_of_hex(item["entry"]));
      entries.push_back({item["position"], item["index"], {}});
    }
    for (std::size_t i = 0; i < kept.size(); ++i) entries[i].bytes = kept[i];
    return partition.step(step["to"], entries);
  }

  nlohmann::json steps_;
};

TEST_P(StepVectors, EveryStepIsTheSameToTheLastByte) {
  EXPECT_EQ(to_hex(rules_.hash()), vectors_["rules_hash"].get<std::string>());
  Partition partition(rules_, count_, 0);
  for (const auto& expected : steps_) {
    const Step step = run(partition, expected);
    EXPECT_EQ(to_hex(ByteView(step.segment)), expected["segment"].get<std::string>());
    EXPECT_EQ(to_hex(ByteView(step.change)), expected["change"].get<std::string>());
    const auto change = decode_change(step.change);
    ASSERT_TRUE(change) << change.error().detail;
    EXPECT_EQ(encode(*change), step.change);
    ASSERT_TRUE(partition.settle(change->after()));
  }
}

TEST_P(StepVectors, TheSumOfTheChangesIsTheTotals) {
  std::map<TotalKey, Total> totals;
  for (const auto& step : steps_) {
    const auto change = decode_change(bytes_of_hex(step["change"]));
    ASSERT_TRUE(change) << change.error().detail;
    for (const TotalChange& by : change->totals) {
      totals[by.key] += by.by;
    }
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [key, total] : totals) {
    if (total.is_zero()) continue;
    list.push_back({key.contest.value, key.slot, key.unit.value, key.method.value, total.value,
                    total.known, total.withheld});
  }
  EXPECT_EQ(list, vectors_[GetParam()]["totals"]);
}

// The log is the state: who reads the committed segments goes on as if nothing had happened.
TEST_P(StepVectors, APartitionRestoredFromTheSegmentsCountsOnAsBefore) {
  Partition partition(rules_, count_, 0);
  for (const auto& expected : steps_) {
    Partition again(rules_, count_, 0);
    for (const auto& earlier : steps_) {
      if (earlier["to"] == expected["to"]) break;
      const auto restored = again.restore(bytes_of_hex(earlier["segment"]), earlier["to"]);
      ASSERT_TRUE(restored) << restored.error().detail;
    }
    EXPECT_EQ(to_hex(ByteView(run(again, expected).change)), expected["change"].get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, StepVectors,
                         ::testing::Values("count_steps", "withdrawal_steps", "decision_steps",
                                           "resolution_steps"),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace teller
