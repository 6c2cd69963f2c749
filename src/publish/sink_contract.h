// What every Sink must do, whatever it is made of.
//
// To bring an adapter under the contract, give a Place, new for each test, and name it in one line
// of the adapter's test:
//
//   struct StaticFilesPlace {
//     explicit StaticFilesPlace(const CountId&);
//     // As a new process would have it.
//     std::unique_ptr<Sink> sink(const Rules&, const CountFile&);
//     // What readers see: the commit of the head and the statements it knows of; nothing before
//     // the first publication.
//     std::optional<std::pair<std::uint64_t, std::uint64_t>> head();
//     // Votes of an option, by its id, over all units; and the value of one total: nothing when
//     // it is not a number.
//     std::optional<std::int64_t> votes(const std::string& contest, const std::string& option);
//     std::optional<std::int64_t> total(contest, option, unit, method);
//     std::size_t totals();  // Number of rows.
//     std::uint64_t audit(); // Audit lines that its readers know of.
//   };
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "publish/audit_line.h"
#include "publish/sink.h"
#include "store/store_memory.h"
#include "testing/store_election.h"

namespace teller {

template <typename Place>
class SinkContract : public testing::Test {
 protected:
  using Seen = std::optional<std::pair<std::uint64_t, std::uint64_t>>;

  void SetUp() override {
    ASSERT_TRUE(store.create(rules, presentation, count));
    for (std::uint16_t i = 0; i < ContractElection::partitions; ++i) {
      partition.emplace_back(count.id, i);
    }
  }

  void commit(const Change& change) {
    const std::vector<Bytes> changes{encode(change)};
    const auto done = store.commit(changes, now_us += 1'000'000);
    ASSERT_TRUE(done) << to_text(done.error());
    ASSERT_TRUE(done->verdicts.at(0).accepted) << to_text(done->verdicts.at(0).refusal);
  }
  void vote(UnitId unit, std::uint16_t option, std::int64_t votes) {
    commit(partition[0].ballots(unit, option, votes).step());
  }
  void state() {
    const std::uint64_t number = statements++;
    const std::string text = fmt::format("statement {}", number);
    StatementRow row;
    row.number = number;
    row.commit = store.head()->commit;
    row.bytes.assign(text.begin(), text.end());
    row.checkpoint = fmt::format("ash.example\n{}\n", number + 1);
    ASSERT_EQ(store.put_statement(row), Result<bool>(true));
  }
  // An audit line, and the publisher's checkpoint over all there are.
  void audit_line() {
    AuditLine line;
    line.count = count.id;
    line.number = audit_lines++;
    line.actor = "a.huber";
    line.action = "resume";
    line.subject = "partition 1";
    line.reason = "the disk was replaced";
    const std::string text = to_text(line);
    ASSERT_EQ(store.put_audit({line.number, Bytes(text.begin(), text.end())}, {}),
              Result<bool>(true));
    ASSERT_TRUE(store.put_audit_checkpoint(
        {audit_lines, fmt::format("ash.example/audit\n{}\n", audit_lines)}));
  }
  // What the publisher would say to a sink that stands there.
  Publication since(Sink::Cursor cursor) {
    Publication publication;
    publication.snapshot = *store.totals_since(cursor.commit);
    publication.incidents = *store.incidents(cursor.commit, 1000);
    publication.statements = *store.statements(cursor.statements, 1000);
    if (cursor.audit < audit_lines) {
      publication.audit = *store.audit(cursor.audit, 1000);
      publication.audit_checkpoint = store.audit_checkpoints()->back();
    }
    publication.steps.resize(publication.statements.size());
    return publication;
  }
  void publish(Sink& to) {
    const auto cursor = to.cursor();
    ASSERT_TRUE(cursor) << to_text(cursor.error());
    const auto done = to.publish(since(*cursor));
    ASSERT_TRUE(done) << to_text(done.error());
  }

  const Rules rules = ContractElection::rules();
  const Presentation presentation = ContractElection::presentation(rules);
  const CountFile count = ContractElection::count(rules, presentation, Place::new_count_id());
  MemoryStore store;
  std::vector<ContractPartition> partition;
  std::int64_t now_us = 1'904'212'800'000'000;
  std::uint64_t statements = 0, audit_lines = 0;
  Place place{count.id};
  std::unique_ptr<Sink> sink = place.sink(rules, count);
};
TYPED_TEST_SUITE_P(SinkContract);

TYPED_TEST_P(SinkContract, ANewSinkHasNothing) {
  const auto cursor = this->sink->cursor();
  ASSERT_TRUE(cursor) << to_text(cursor.error());
  EXPECT_EQ(*cursor, Sink::Cursor{});
  EXPECT_EQ(this->place.head(), std::nullopt);
}

TYPED_TEST_P(SinkContract, ReadersSeeWhatIsPublished) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->vote(E::south, E::ada, 2);
  this->vote(E::south, E::bell, 1);
  this->state();
  this->publish(*this->sink);

  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({3, 1})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 5);
  EXPECT_EQ(this->place.votes("mayor", "bell"), 1);
  EXPECT_EQ(this->place.votes("council", "none"), std::nullopt) << "nobody has reported it";
  EXPECT_EQ(this->place.total("mayor", "ada", "ash/south", "in-person"), 2);
  EXPECT_EQ(this->place.total("mayor", "cards", "ash/south", "in-person"), 3);
  EXPECT_EQ(this->place.totals(), 5)
      << "three of options, two of cards; the units' own are not there";
  EXPECT_EQ(*this->sink->cursor(), (Sink::Cursor{3, 1}));
}

TYPED_TEST_P(SinkContract, ChangesFollow) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->publish(*this->sink);
  this->vote(E::north_1, E::ada, 1);
  this->vote(E::north_2, E::bell, 4);
  this->publish(*this->sink);

  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({3, 0})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 4);
  EXPECT_EQ(this->place.votes("mayor", "bell"), 4);
  EXPECT_EQ(this->place.total("mayor", "ada", "ash/north/1", "in-person"), 4);
  EXPECT_EQ(*this->sink->cursor(), (Sink::Cursor{3, 0}));
}

// An answer that was lost, a publisher that starts again: the same publication once more.
TYPED_TEST_P(SinkContract, TheSamePublicationAgainChangesNothing) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->state();
  const Publication publication = this->since({});
  ASSERT_TRUE(this->sink->publish(publication));
  const auto again = this->sink->publish(publication);
  EXPECT_TRUE(again) << to_text(again.error());
  const auto elsewhere = this->place.sink(this->rules, this->count)->publish(publication);
  EXPECT_TRUE(elsewhere) << to_text(elsewhere.error());
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({1, 1})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 3);
  EXPECT_EQ(this->place.totals(), 2);
}

// Of two publishers the slower must not bring readers back.
TYPED_TEST_P(SinkContract, AnOlderPublicationIsIgnored) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  const Publication older = this->since({});
  this->vote(E::north_1, E::ada, 2);
  this->publish(*this->sink);

  const auto same = this->sink->publish(older);
  EXPECT_TRUE(same) << to_text(same.error());
  const auto elsewhere = this->place.sink(this->rules, this->count)->publish(older);
  EXPECT_TRUE(elsewhere) << to_text(elsewhere.error());
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({2, 0})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 5);
  EXPECT_EQ(this->place.total("mayor", "ada", "ash/north/1", "in-person"), 5);
}

// The statement of a commit may come after the commit itself.
TYPED_TEST_P(SinkContract, AStatementMayComeLaterThanItsCommit) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->publish(*this->sink);
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({1, 0})));
  this->state();
  this->publish(*this->sink);
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({1, 1})));
  EXPECT_EQ(*this->sink->cursor(), (Sink::Cursor{1, 1}));
}

// A new process knows no sums: it asks for everything, and goes on where readers are.
TYPED_TEST_P(SinkContract, ANewProcessGoesOnWhereReadersAre) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->state();
  this->publish(*this->sink);
  this->vote(E::south, E::ada, 2);
  this->state();

  const std::unique_ptr<Sink> later = this->place.sink(this->rules, this->count);
  ASSERT_TRUE(later->cursor());
  EXPECT_EQ(*later->cursor(), (Sink::Cursor{0, 1}));
  this->publish(*later);
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({2, 2})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 5);
  EXPECT_EQ(*later->cursor(), (Sink::Cursor{2, 2}));
}

// Withheld is not zero and unknown is not zero, and both may become numbers and back.
TYPED_TEST_P(SinkContract, WithheldAndUnknownHaveNoValue) {
  using E = ContractElection;
  const TotalKey cruz{E::council, E::cruz, E::south, E::postal};
  const TotalKey none{E::council, E::none, E::south, E::postal};
  auto& sheets = this->partition[1];
  this->commit(sheets.add(cruz, {40, 1, 0}).add(none, {0, 0, 1}).outcome({.counted = 1}).step());
  this->publish(*this->sink);
  EXPECT_EQ(this->place.total("council", "cruz", "ash/south", "postal"), 40);
  EXPECT_EQ(this->place.total("council", "none", "ash/south", "postal"), std::nullopt);

  this->commit(sheets.add(cruz, {-40, -1, 0}).add(none, {7, 1, -1}).outcome({.counted = 1}).step());
  this->publish(*this->sink);
  EXPECT_EQ(this->place.total("council", "cruz", "ash/south", "postal"), std::nullopt);
  EXPECT_EQ(this->place.total("council", "none", "ash/south", "postal"), 7);
  EXPECT_EQ(this->place.votes("council", "none"), 7);
}

// What `teller reconcile` compares: read back by an object that has published nothing itself.
TYPED_TEST_P(SinkContract, WhatReadersHaveCanBeReadBack) {
  using E = ContractElection;
  const auto reader = [this] { return this->place.sink(this->rules, this->count); };
  const auto nothing = reader()->read_back(true);
  ASSERT_TRUE(nothing) << to_text(nothing.error());
  EXPECT_EQ(nothing->commit, 0U);
  EXPECT_EQ(this->place.head(), std::nullopt) << "reading makes nothing";

  this->vote(E::north_1, E::ada, 3);
  this->vote(E::south, E::bell, 1);
  const TotalKey none{E::council, E::none, E::south, E::postal};
  this->commit(this->partition[1].add(none, {0, 0, 1}).outcome({.counted = 1}).step());
  this->state();
  this->publish(*this->sink);

  const auto read_back = reader()->read_back(true);
  ASSERT_TRUE(read_back) << to_text(read_back.error());
  EXPECT_EQ(read_back->commit, 3U);
  EXPECT_EQ(read_back->statements, 1U);
  EXPECT_EQ(read_back->outcomes, (Outcomes{.counted = 5}));
  std::vector<ReadBack::Sum> options = read_back->options;
  std::erase_if(options, [](const ReadBack::Sum& sum) { return sum.slot >= slot::first_counter; });
  std::ranges::sort(options, {},
                    [](const ReadBack::Sum& sum) { return std::pair(sum.contest, sum.slot); });
  EXPECT_EQ(options,
            (std::vector<ReadBack::Sum>{{E::mayor, E::ada, 3, "number", 3},
                                        {E::mayor, E::bell, 1, "number", 3},
                                        {E::council, E::cruz, std::nullopt, "unknown", 3},
                                        {E::council, E::none, std::nullopt, "withheld", 3}}));
  std::vector<ReadBack::Cell> cells = read_back->totals;
  std::ranges::sort(cells, {}, &ReadBack::Cell::key);
  EXPECT_EQ(cells, (std::vector<ReadBack::Cell>{
                       {{E::mayor, E::ada, E::north_1, E::in_person}, 3, "number", 3},
                       {{E::mayor, E::bell, E::south, E::in_person}, 1, "number", 3},
                       {{E::mayor, slot::cards, E::north_1, E::in_person}, 3, "number", 3},
                       {{E::mayor, slot::cards, E::south, E::in_person}, 1, "number", 3},
                       {none, std::nullopt, "withheld", 3}}));
  const auto quick = reader()->read_back(false);
  ASSERT_TRUE(quick) << to_text(quick.error());
  EXPECT_EQ(quick->options.size(), read_back->options.size());
  EXPECT_FALSE(quick->has_totals);
}

TYPED_TEST_P(SinkContract, ASinkOfAnotherCountIsRefused) {
  using E = ContractElection;
  this->vote(E::north_1, E::ada, 3);
  this->publish(*this->sink);
  // The first four bytes are the same: enough to meet where names are short.
  CountFile other = this->count;
  other.id.bytes.back() ^= 0xFF;
  other.seal();
  const std::unique_ptr<Sink> theirs = this->place.sink(this->rules, other);
  const auto cursor = theirs->cursor();
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().remedy, Remedy::reject);
  EXPECT_EQ(cursor.error().code, "count.other");
  EXPECT_FALSE(theirs->publish(this->since({})));
  EXPECT_EQ(this->place.votes("mayor", "ada"), 3);
}

// A person may change something when nothing is counted; and a new process sends all lines again.
TYPED_TEST_P(SinkContract, AuditLinesComeWithOrWithoutACommit) {
  using E = ContractElection;
  this->audit_line();
  this->vote(E::north_1, E::ada, 3);
  this->publish(*this->sink);
  EXPECT_EQ(this->place.audit(), 1);
  this->audit_line();
  this->audit_line();
  this->publish(*this->sink);
  EXPECT_EQ(this->place.audit(), 3);
  EXPECT_EQ(*this->sink->cursor(), (Sink::Cursor{1, 0, 3}));

  const std::unique_ptr<Sink> later = this->place.sink(this->rules, this->count);
  EXPECT_EQ(later->cursor()->audit, 0);
  this->publish(*later);
  EXPECT_EQ(this->place.audit(), 3);
  EXPECT_EQ(this->place.head(), (typename TestFixture::Seen({1, 0})));
}

REGISTER_TYPED_TEST_SUITE_P(SinkContract, ANewSinkHasNothing, ReadersSeeWhatIsPublished,
                            ChangesFollow, TheSamePublicationAgainChangesNothing,
                            AnOlderPublicationIsIgnored, AStatementMayComeLaterThanItsCommit,
                            ANewProcessGoesOnWhereReadersAre, WithheldAndUnknownHaveNoValue,
                            WhatReadersHaveCanBeReadBack, ASinkOfAnotherCountIsRefused,
                            AuditLinesComeWithOrWithoutACommit);

}  // namespace teller
