// What a publisher gives to a sink that has long been away. What it signs: engine_test.cc,
// audit_test.cc.
#include "publish/publisher.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/each_statement.h"
#include "store/store_memory.h"
#include "testing/store_election.h"

namespace teller {
namespace {

// Keeps the numbers of the statements that it was told.
class TakesStatements final : public Sink {
 public:
  explicit TakesStatements(std::vector<std::uint64_t>& told) : told_(&told) {}
  Result<Cursor> cursor() override { return Cursor{.statements = told_->size()}; }
  Result<void> publish(const Publication& publication) override {
    EXPECT_EQ(publication.steps.size(), publication.statements.size());
    for (const StatementRow& row : publication.statements) told_->push_back(row.number);
    return {};
  }
  Result<ReadBack> read_back(bool) override { return ReadBack{}; }

 private:
  std::vector<std::uint64_t>* told_;
};

// A count in memory of which nothing was counted yet.
class PublisherTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store.create(rules, presentation, count)); }

  const Rules rules = ContractElection::rules();
  const Presentation presentation = ContractElection::presentation(rules);
  const CountFile count = ContractElection::count(rules, presentation, 0x5A);
  MemoryStore store;
  const Signer signer{"ash.example", {}};
  Publisher publisher{{&rules, &count}, presentation, store, signer};
};

// A sink reads what it has once, and its cursor moves to the commit that it is told: whatever is
// left out then, its readers miss.
TEST_F(PublisherTest, ASinkIsToldAllStatementsHoweverManyThereAre) {
  constexpr std::uint64_t many = 10 * statements_a_page + 1;
  for (std::uint64_t number = 0; number < many; ++number) {
    ASSERT_TRUE(store.put_statement({.number = number, .bytes = {'x'}, .checkpoint = "c"}));
  }
  std::vector<std::uint64_t> told;
  publisher.add(std::make_unique<TakesStatements>(told));

  const auto pass = publisher.run_once();

  ASSERT_TRUE(pass) << to_text(pass.error());
  EXPECT_FALSE(pass->stated);
  ASSERT_EQ(told.size(), many);
  for (std::uint64_t number = 0; number < many; ++number) EXPECT_EQ(told[number], number);
}

// Whoever owns the store can write a total of a unit that there is not: nothing is signed on top of it, and nobody ends by a
// place behind the end of a list.
TEST_F(PublisherTest, ATotalOfNoUnitIsNamedAndNothingIsSigned) {
  ASSERT_TRUE(publisher.run_once());
  ContractPartition partition(count.id, 0);
  partition.ballots(ContractElection::north_1, ContractElection::ada, 3);
  partition.add(
      {ContractElection::mayor, ContractElection::ada, UnitId{99}, ContractElection::in_person},
      {3, 0, 0});
  const std::vector<Bytes> changes{encode(partition.step())};
  ASSERT_TRUE(store.commit(changes, 1));

  const auto pass = publisher.run_once();

  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, Code("store.definition"));
  EXPECT_NE(pass.error().detail.find("unit 99"), std::string::npos) << pass.error().detail;
  const auto last = store.last_statement();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->number, 0);
}

}  // namespace
}  // namespace teller
