// A status is believed by signatures, which are checked once, and never by what was believed of
// something else.
#include "publish/status.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/ed25519.h"
#include "publish/good_decisions.h"
#include "store/store_memory.h"
#include "testing/store_election.h"

namespace teller {
namespace {

Ed25519Pair officers_pair(const std::string& name) {
  return Ed25519Pair(sha256(as_bytes("status test " + name)));
}

class StatusTest : public testing::Test {
 protected:
  StatusTest()
      : rules(ContractElection::rules()),
        presentation(ContractElection::presentation(rules)),
        // Of each test another count, so that none finds what another one has checked.
        count(ContractElection::count(rules, presentation, ++tag_)) {
    for (const char* name : {"a.huber", "b.meier"}) {
      count.officers.push_back({name, OfficerRole::tabulation, officers_pair(name).key()});
    }
    count.seal();
  }

  // The opening of each partition, committed to a store of its own.
  void open_in(MemoryStore& store, bool forged = false) {
    ASSERT_TRUE(store.create(rules, presentation, count));
    std::vector<Bytes> changes;
    for (std::uint16_t partition = 0; partition < count.partitions; ++partition) {
      Control control;
      control.reason = "The polls are open.";
      control.partition = partition;
      control.number = 1;
      EntryId id;
      id.bytes.fill(static_cast<std::uint8_t>(1 + partition));
      id = make_uuid(id.bytes, 4);
      const Bytes text = signed_bytes(id, control, count.id);
      for (const Officer& officer : count.officers) {
        control.signatures.push_back({officer.name, officers_pair(officer.name).sign(text)});
      }
      if (forged) control.signatures.back().bytes[9] ^= 1;
      ContractPartition of(count.id, partition);
      changes.push_back(encode(of.decision(encode({id, control}, count.id)).step()));
    }
    const auto done = store.commit(changes, 1);
    ASSERT_TRUE(done) << to_text(done.error());
  }
  StageReached reached(MemoryStore& store) {
    auto found = stage_reached(count, store, ~std::uint64_t{0});
    EXPECT_TRUE(found);
    return found.value_or(StageReached{});
  }

  const Rules rules;
  const Presentation presentation;
  CountFile count;

 private:
  inline static std::uint8_t tag_ = 0xA0;
};

// Every reading of totals asks for the status: a signature takes about 60 us, of each officer, decision and partition.
TEST_F(StatusTest, SignaturesAreCheckedOnceHoweverOftenTotalsAreRead) {
  MemoryStore store;
  open_in(store);
  const std::uint64_t before = good_decisions().checked();
  for (int reading = 0; reading < 10; ++reading) {
    EXPECT_EQ(reached(store).all, Stage::open);
    EXPECT_TRUE(reached(store).believed);
    EXPECT_TRUE(check_status(store.head().value(), count, store));
  }
  EXPECT_EQ(good_decisions().checked() - before, count.partitions);
}

TEST_F(StatusTest, WhatWasChangedInTheStoreIsNotBelievedForWhatWasThereBefore) {
  MemoryStore store, changed;
  open_in(store);
  open_in(changed, true);
  EXPECT_TRUE(reached(store).believed);
  for (int reading = 0; reading < 2; ++reading) {
    const StageReached found = reached(changed);
    EXPECT_FALSE(found.believed);
    EXPECT_EQ(found.all, Stage::setup);
    EXPECT_FALSE(check_status(changed.head().value(), count, changed));
  }
}

TEST_F(StatusTest, WhatIsGoodForOneCountFileIsNotForAnother) {
  MemoryStore store;
  open_in(store);
  EXPECT_TRUE(reached(store).believed);
  const CountFile good = count;
  count.officers.back().key = officers_pair("somebody else").key();
  EXPECT_FALSE(reached(store).believed);
  count = good;
  count.officers.back().role = OfficerRole::observer;
  EXPECT_FALSE(reached(store).believed);
  count = good;
  count.approvals = 3;
  EXPECT_FALSE(reached(store).believed);
  count = good;
  EXPECT_TRUE(reached(store).believed);
}

class CertifiedOnceTest : public StatusTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store.create(rules, presentation, count));
    for (std::uint16_t partition = 0; partition < count.partitions; ++partition) {
      partitions_.emplace_back(ContractPartition(count.id, partition), 0U);
    }
  }
  // In one commit.
  void decide(Control::Action action, const std::vector<std::uint16_t>& in) {
    std::vector<Bytes> changes;
    for (const std::uint16_t partition : in) {
      auto& [of, number] = partitions_.at(partition);
      Control control;
      control.action = action;
      control.reason = "The board decided so.";
      control.partition = partition;
      control.number = ++number;
      EntryId id;
      id.bytes.fill(++ids_);
      id = make_uuid(id.bytes, 4);
      const Bytes text = signed_bytes(id, control, count.id);
      for (const Officer& officer : count.officers) {
        control.signatures.push_back({officer.name, officers_pair(officer.name).sign(text)});
      }
      changes.push_back(encode(of.decision(encode({id, control}, count.id)).step()));
    }
    const auto done = store.commit(changes, 1);
    ASSERT_TRUE(done) << to_text(done.error());
  }
  bool once(std::uint64_t commit = ~std::uint64_t{0}) {
    const auto found = is_certified_once(count, store, commit);
    EXPECT_TRUE(found) << to_text(found.error());
    return found.value_or(false);
  }

  MemoryStore store;
  const std::vector<std::uint16_t> all{0, 1, 2, 3};

 private:
  std::vector<std::pair<ContractPartition, std::uint32_t>> partitions_;
  std::uint8_t ids_ = 0;
};

// A second result would differ from the first by what was corrected. That some partitions were certified and taken back
// before all of them were told nobody anything.
TEST_F(CertifiedOnceTest, ACountThatWasReopenedAfterItWasCertifiedIsNotForTheFirstTime) {
  using Action = Control::Action;
  ASSERT_EQ(count.partitions, all.size());
  decide(Action::open, all);
  decide(Action::close, all);
  EXPECT_FALSE(once());
  decide(Action::certify, {0, 1});
  EXPECT_FALSE(once());
  decide(Action::reopen, {1});
  decide(Action::certify, {1, 2, 3});
  EXPECT_TRUE(once());
  const std::uint64_t then = store.head().value().commit;
  decide(Action::reopen, {2});
  EXPECT_FALSE(once());
  decide(Action::certify, {2});
  EXPECT_EQ(reached(store).all, Stage::certified);
  EXPECT_FALSE(once());
  EXPECT_TRUE(once(then));
}

}  // namespace
}  // namespace teller
