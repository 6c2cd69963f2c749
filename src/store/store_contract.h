// What every Store must do, whatever it is made of.
//
// To bring an adapter under the contract, give a Place in which it keeps its count, new for each
// test, and name it in one line of the adapter's test:
//
//   struct MemoryPlace {
//     std::shared_ptr<Store> owner();  // A store at this place; each call another owner of it,
//   };                                 // as another process would be.
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryPlace);
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/cell_moves.h"
#include "store/definition_check.h"
#include "store/each_incident.h"
#include "store/store.h"
#include "store/store_memory.h"
#include "store/told_tables.h"
#include "testing/store_election.h"

namespace teller {

// Makes the tables those of before 004_figures.sql, as far as that file and 005_views.sql look at
// them.
inline constexpr const char* without_figures =
    "drop view if exists officer_lines; drop table approvals; drop table entered_sheets;"
    "drop view pub_turnout_places; drop view pub_place_figures; drop view pub_commits;"
    "drop view pub_contests; drop view pub_counters; drop view pub_options; drop view pub_parties;"
    "drop view pub_unit_figures; drop view pub_area_figures; drop view pub_units;"
    "drop view pub_turnout; drop view pub_timeline; drop view pub_sheet_checks;"
    "drop view sheet_checks; drop view sheet_sums; drop view place_figures; drop view "
    "contest_areas;"
    "drop view shared_figures; drop view share_bases; drop view contest_figures;"
    "drop view line_sums; drop view line_cells; drop view party_lines; drop view party_lists;"
    "drop view pub_inbox_refused; drop table inbox_refused;"
    "drop view column_sums; drop view slots; drop view contest_heard_anew; drop view heard;"
    "drop table figure_states; drop table contest_heard; drop table cells;"
    "alter table contest_totals drop column known; alter table contests drop column write_ins;"
    "alter table contests drop column leaf_units; alter table contests drop column option_count;"
    "alter table timeline drop column how;"
    "create view pub_contests as select 1 as one;"
    "create view pub_options as select 1 as one; create view pub_parties as select 1 as one;"
    "create view pub_units as select 1 as one; create view pub_turnout as select 1 as one;"
    "create view pub_timeline as select 1 as one;"
    "delete from schema_files where number > 3;";

// What the check says of the store as it is; nothing of one that was made by this program.
inline std::vector<std::string> otherwise(Store& store) {
  std::vector<std::string> found;
  const auto looked = store.check_made([&](std::string what) { found.push_back(std::move(what)); });
  EXPECT_TRUE(looked) << to_text(looked.error());
  EXPECT_GT(looked.value_or(0), 100U);
  return found;
}

template <typename Place>
class StoreContract : public testing::Test {
 protected:
  static constexpr std::int64_t noon_us = 1'904'212'800'123'456;  // With microseconds to lose.

  void SetUp() override {
    const auto created = store->create(rules, presentation, count);
    ASSERT_TRUE(created) << to_text(created.error());
    for (std::uint16_t i = 0; i < ContractElection::partitions; ++i)
      partition.emplace_back(count.id, i);
  }

  // After somebody has called option 0 of contest 0 "Somebody else" behind the store's back: the
  // leader's votes stand beside another name, and not a figure was touched.
  void finds_the_exchanged_name() {
    const auto found = check_definition(rules, presentation, count, *store);
    ASSERT_TRUE(found) << to_text(found.error());
    ASSERT_EQ(found->differences.size(), 1U);
    EXPECT_TRUE(found->differences[0].starts_with(
        "options contest 0 slot 0, name: \"Somebody else\" in the store, \""))
        << found->differences[0];
  }

  // Commits `changes`, a second after the last commit, and gives what became of them.
  CommitOutcome commit(std::initializer_list<Change> changes) { return commit(*store, changes); }
  CommitOutcome commit(Store& by, std::initializer_list<Change> changes) {
    now_us += 1'000'000;
    auto outcome = by.commit(encoded(changes), now_us);
    EXPECT_TRUE(outcome) << to_text(outcome.error());
    return outcome ? *outcome : CommitOutcome{};
  }
  static std::vector<Bytes> encoded(std::initializer_list<Change> changes) {
    std::vector<Bytes> result;
    for (const Change& change : changes) result.push_back(encode(change));
    return result;
  }

  // The step of `number` that counts one ballot for Ada in the School.
  Change one_vote(std::uint16_t number = 0) {
    return partition[number].ballots(ContractElection::north_1, ContractElection::ada, 1).step();
  }

  // The rows of a table, values side by side.
  std::vector<std::string> told(const DefinitionTable& table) {
    std::vector<std::string> rows;
    const auto read = store->definition_rows(table, [&](std::span<const DefinitionValue> row) {
      std::string& line = rows.emplace_back();
      for (const DefinitionValue& value : row) {
        if (&value != &row.front()) line += ' ';
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
          line += std::to_string(*number);
        } else if (const auto* text = std::get_if<std::string_view>(&value)) {
          line += *text;
        } else {
          line += '-';
        }
      }
    });
    EXPECT_TRUE(read) << to_text(read.error());
    return rows;
  }

  Snapshot snapshot() {
    auto result = store->snapshot();
    EXPECT_TRUE(result) << to_text(result.error());
    return result ? *result : Snapshot{};
  }
  static Total total(const Snapshot& in, TotalKey key) {
    const auto found = std::ranges::find(in.totals, key, &TotalRow::key);
    return found == in.totals.end() ? Total{} : found->total;
  }
  std::int64_t ada_in_school() {
    return total(snapshot(), {ContractElection::mayor, ContractElection::ada,
                              ContractElection::north_1, ContractElection::in_person})
        .value;
  }
  static void expect_refused(const Verdict& verdict, std::string_view code) {
    EXPECT_FALSE(verdict.accepted);
    EXPECT_EQ(verdict.refusal.remedy, Remedy::abort);
    EXPECT_EQ(verdict.refusal.code, code);
  }
  static void expect_same(const Snapshot& a, const Snapshot& b) {
    EXPECT_EQ(a.head, b.head);
    EXPECT_EQ(a.presentation, b.presentation);
    ASSERT_EQ(a.partitions.size(), b.partitions.size());
    for (std::size_t i = 0; i < a.partitions.size(); ++i) {
      EXPECT_EQ(a.partitions[i].partition, b.partitions[i].partition);
      EXPECT_EQ(a.partitions[i].committed, b.partitions[i].committed);
      EXPECT_EQ(a.partitions[i].outcomes, b.partitions[i].outcomes);
      EXPECT_EQ(a.partitions[i].halted, b.partitions[i].halted);
    }
    ASSERT_EQ(a.totals.size(), b.totals.size());
    for (std::size_t i = 0; i < a.totals.size(); ++i) {
      EXPECT_EQ(a.totals[i].key, b.totals[i].key);
      EXPECT_EQ(a.totals[i].total, b.totals[i].total);
      EXPECT_EQ(a.totals[i].changed_at_commit, b.totals[i].changed_at_commit);
    }
  }

  // What `cells` says is what the totals say; a cell that came to nothing may have a row there.
  void expect_cells_of_the_totals() {
    std::vector<CellMove> cells;
    ASSERT_TRUE(store->definition_rows(cells_table(), [&](std::span<const DefinitionValue> row) {
      const CellMove cell = cell_of_row(row);
      if (cell.is_of_cards_alone() && cell.cards == 0) return;
      cells.push_back(cell);
    }));
    EXPECT_EQ(cells, cells_of(snapshot().totals));
  }

  // Commits that move most of the totals and such that move a few, in turn: after each the rows are
  // those of the plain store, and `also` is asked, which may look at what is kept beside them.
  template <typename Also>
  void many_and_few_totals_move(Also also) {
    std::mt19937_64 random(2);
    MemoryStore plain;
    ASSERT_TRUE(plain.create(rules, presentation, count));
    const std::vector<TotalKey> keys = keys_to_move();
    std::map<TotalKey, std::int64_t> values;
    for (int n = 0; n < 80; ++n) {
      const std::size_t moves = n % 2 == 0 ? random() % keys.size() : random() % 6;
      for (std::size_t i = 0; i < moves; ++i) {
        const TotalKey key = keys[random() % keys.size()];
        // Also down, to nothing and by nothing at all.
        const auto by =
            static_cast<std::int64_t>(random() % 5) - std::min<std::int64_t>(2, values[key]);
        values[key] += by;
        partition[0].add(key, {by, 0, 0});
      }
      // What is known moves beside it, and by itself.
      if (n % 7 == 0) {
        partition[0].add({ContractElection::council, 0, {3}, ContractElection::postal},
                         {0, static_cast<std::int8_t>(n % 2 == 0 ? 1 : -1), 0});
      }
      const std::vector<Bytes> changes = encoded({partition[0].step()});
      now_us += 1'000'000;
      ASSERT_TRUE(store->commit(changes, now_us) && plain.commit(changes, now_us));
      ASSERT_NO_FATAL_FAILURE(expect_same(snapshot(), *plain.snapshot()));
      ASSERT_NO_FATAL_FAILURE(expect_cells_of_the_totals());
      ASSERT_NO_FATAL_FAILURE(also());
    }
  }
  static std::vector<TotalKey> keys_to_move() {
    std::vector<TotalKey> keys;
    for (const ContestId contest :
         {ContractElection::mayor, ContractElection::council, whole_unit}) {
      for (const std::uint16_t column : {std::uint16_t{0}, std::uint16_t{1}, slot::cards,
                                         slot::undervotes, slot::blank, slot::write_ins}) {
        if (contest == whole_unit && column != slot::cards) continue;
        for (std::uint32_t unit = 0; unit < 5; ++unit) {
          for (const MethodId method : {ContractElection::in_person, ContractElection::postal}) {
            keys.push_back({contest, column, {unit}, method});
          }
        }
      }
    }
    return keys;
  }

  const Rules rules = ContractElection::rules();
  const Presentation presentation = ContractElection::presentation(rules);
  const CountFile count = ContractElection::count(rules, presentation, 0xA1);
  Place place;
  std::shared_ptr<Store> store = place.owner();
  std::vector<ContractPartition> partition;
  std::int64_t now_us = noon_us;
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, ANewStoreHasCountedNothing) {
  const Snapshot snapshot = this->snapshot();
  EXPECT_EQ(snapshot.head, Head{});
  EXPECT_EQ(snapshot.presentation, this->presentation.hash());
  EXPECT_TRUE(snapshot.totals.empty());
  ASSERT_EQ(snapshot.partitions.size(), ContractElection::partitions);
  for (std::uint16_t i = 0; i < ContractElection::partitions; ++i) {
    EXPECT_EQ(snapshot.partitions[i].partition, i);
    EXPECT_EQ(snapshot.partitions[i].committed, Committed{});
    EXPECT_FALSE(snapshot.partitions[i].halted);
  }
  EXPECT_EQ(*this->store->last_statement(), std::nullopt);
}

TYPED_TEST_P(StoreContract, CreatingTheSameCountAgainChangesNothing) {
  this->commit({this->one_vote()});
  const Snapshot before = this->snapshot();
  const auto again = this->place.owner()->create(this->rules, this->presentation, this->count);
  EXPECT_TRUE(again) << to_text(again.error());
  this->expect_same(this->snapshot(), before);
}

// Whoever reads a number reads a name beside it.
TYPED_TEST_P(StoreContract, WhatStandsBesideTheNumbersIsThatOfTheFiles) {
  const auto same = check_definition(this->rules, this->presentation, this->count, *this->store);
  ASSERT_TRUE(same) << to_text(same.error());
  EXPECT_EQ(same->differences, std::vector<std::string>{});
  EXPECT_GT(same->compared, 50U);

  const auto other_presentation =
      *Presentation::parse(R"({"teller": "presentation/1"})", "other.json", this->rules);
  const auto other = check_definition(this->rules, other_presentation, this->count, *this->store);
  ASSERT_TRUE(other) << to_text(other.error());
  EXPECT_FALSE(other->good());
}

TYPED_TEST_P(StoreContract, AStoreOfAnotherCountIsRefused) {
  using E = ContractElection;
  const CountFile other = E::count(this->rules, this->presentation, 0xB2);
  for (const auto& refused : {this->place.owner()->create(this->rules, this->presentation, other),
                              this->place.owner()->open(other)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().remedy, Remedy::reject);
    EXPECT_EQ(refused.error().code, "count.other");
  }
  EXPECT_TRUE(this->place.owner()->open(this->count));
}

TYPED_TEST_P(StoreContract, APlaceWithoutACountIsRefused) {
  TypeParam empty;
  const auto opened = empty.owner()->open(this->count);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().remedy, Remedy::reject);
  EXPECT_EQ(opened.error().code, "count.none");
}

TYPED_TEST_P(StoreContract, AChangeOfAnotherCountIsRefused) {
  ContractPartition stranger(CountId{{7}}, 1);
  const Change foreign = stranger.ballots(ContractElection::south, 0, 5).step();
  const auto refused =
      this->store->commit(this->encoded({this->one_vote(), foreign}), this->noon_us);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "count.other");
  EXPECT_EQ(this->snapshot().head.commit, 0);
  EXPECT_EQ(this->ada_in_school(), 0);
}

TYPED_TEST_P(StoreContract, StepsAddUp) {
  using E = ContractElection;
  this->commit({this->one_vote()});
  this->commit(
      {this->partition[0].ballots(E::north_1, E::ada, 3).ballots(E::south, E::bell, 2).step(4)});
  const Change last =
      this->partition[0].ballots(E::north_1, E::bell, 1).outcome({.duplicate = 6}).step(2);
  this->commit({last});

  const Snapshot snapshot = this->snapshot();
  EXPECT_EQ(snapshot.head.commit, 3);
  EXPECT_EQ(snapshot.head.committed_at_us, this->now_us);
  EXPECT_EQ(snapshot.head.status, "unofficial");
  EXPECT_EQ(snapshot.partitions[0].committed, last.after());
  EXPECT_EQ(snapshot.partitions[0].committed.position, 7);
  EXPECT_EQ(snapshot.partitions[0].outcomes, (Outcomes{.counted = 7, .duplicate = 6}));
  EXPECT_EQ(snapshot.partitions[1].committed, Committed{});
  EXPECT_EQ(this->total(snapshot, {E::mayor, E::ada, E::north_1, E::in_person}).value, 4);
  EXPECT_EQ(this->total(snapshot, {E::mayor, E::bell, E::north_1, E::in_person}).value, 1);
  EXPECT_EQ(this->total(snapshot, {E::mayor, E::bell, E::south, E::in_person}).value, 2);
  EXPECT_EQ(this->total(snapshot, {whole_unit, slot::cards, E::north_1, E::in_person}).value, 5);
  EXPECT_TRUE(std::ranges::is_sorted(snapshot.totals, {}, &TotalRow::key));
}

// What a new owner, another process, finds is what the first has committed.
TYPED_TEST_P(StoreContract, ANewOwnerFindsWhatIsCommitted) {
  this->commit({this->one_vote(), this->one_vote(2)});
  const auto other = this->place.owner();
  ASSERT_TRUE(other->open(this->count));
  const auto found = other->snapshot();
  ASSERT_TRUE(found) << to_text(found.error());
  this->expect_same(*found, this->snapshot());
  const auto head = other->head();
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, found->head);
  const auto partitions = other->partitions();
  ASSERT_TRUE(partitions);
  ASSERT_EQ(partitions->size(), ContractElection::partitions);
  EXPECT_EQ((*partitions)[2].committed, found->partitions[2].committed);
}

// After a lost connection an owner may not know whether its step was written. Sending it again
// must be safe: the store refuses, and nothing is added twice.
TYPED_TEST_P(StoreContract, AStepSentAgainIsRefusedAndChangesNothing) {
  const Change step = this->one_vote();
  this->commit({step});
  const Snapshot before = this->snapshot();

  const CommitOutcome again = this->commit({step});

  this->expect_refused(again.verdicts.at(0), "store.out_of_order");
  EXPECT_EQ(again.commit, 1) << "nothing was accepted, so no new commit";
  this->expect_same(this->snapshot(), before);
}

// Two owners of one partition may both compute the next step, over different stretches of the
// journal. One is committed; the other must find out.
TYPED_TEST_P(StoreContract, OfTwoOwnersOnlyOneCounts) {
  const auto other = this->place.owner();
  ASSERT_TRUE(other->open(this->count));
  this->commit({this->one_vote()});
  ContractPartition same = this->partition[0];
  const Change mine = this->one_vote();
  const Change theirs = same.ballots(ContractElection::north_1, 0, 5).step(5);

  EXPECT_TRUE(this->commit(*other, {theirs}).verdicts.at(0).accepted);
  const CommitOutcome late = this->commit({mine});

  this->expect_refused(late.verdicts.at(0), "store.out_of_order");
  EXPECT_EQ(this->ada_in_school(), 6);
  EXPECT_EQ(this->snapshot().partitions[0].committed, theirs.after());
}

TYPED_TEST_P(StoreContract, AChangeThatDoesNotBeginWhereThePartitionIsIsRefused) {
  this->commit({this->one_vote()});
  const Change good = this->one_vote();
  Change later = good;
  ++later.from;
  ++later.to;
  Change earlier = good;
  --earlier.from;
  Change skipping = good;
  ++skipping.number;
  for (const Change& wrong : {later, earlier, skipping}) {
    this->expect_refused(this->commit({wrong}).verdicts.at(0), "store.out_of_order");
  }
  EXPECT_EQ(this->ada_in_school(), 1);
  EXPECT_TRUE(this->commit({good}).verdicts.at(0).accepted);
}

TYPED_TEST_P(StoreContract, ChangesOfOneCommitAreJudgedEachByItself) {
  const Change stale = this->one_vote(2);
  this->commit({stale});
  const CommitOutcome outcome =
      this->commit({this->one_vote(3), stale, this->one_vote(0), this->one_vote(1)});
  ASSERT_EQ(outcome.verdicts.size(), 4);
  EXPECT_TRUE(outcome.verdicts[0].accepted);
  this->expect_refused(outcome.verdicts[1], "store.out_of_order");
  EXPECT_TRUE(outcome.verdicts[2].accepted);
  EXPECT_TRUE(outcome.verdicts[3].accepted);
  EXPECT_EQ(outcome.commit, 2);
  EXPECT_EQ(this->ada_in_school(), 4);
}

// The number is everybody's cursor: it moves by one with each commit that changed something, and
// by nothing else.
TYPED_TEST_P(StoreContract, EachCommitThatAcceptsSomethingHasTheNextNumber) {
  const Change first = this->one_vote();
  EXPECT_EQ(this->commit({first}).commit, 1);
  EXPECT_EQ(this->commit({first}).commit, 1);
  EXPECT_EQ(this->commit({}).commit, 1);
  EXPECT_EQ(this->commit({this->one_vote(), this->one_vote(1)}).commit, 2);
  EXPECT_EQ(this->commit({first, this->one_vote(1)}).commit, 3);
  EXPECT_EQ(this->snapshot().head.commit, 3);
}

// A step that counted nothing (duplicates only) still moves its partition.
TYPED_TEST_P(StoreContract, AStepWithoutTotalsMovesItsPartition) {
  const Change step = this->partition[1].outcome({.duplicate = 9}).step(3);
  EXPECT_TRUE(this->commit({step}).verdicts.at(0).accepted);
  const Snapshot snapshot = this->snapshot();
  EXPECT_EQ(snapshot.partitions[1].committed, step.after());
  EXPECT_EQ(snapshot.partitions[1].outcomes, (Outcomes{.duplicate = 9}));
  EXPECT_TRUE(snapshot.totals.empty());
}

TYPED_TEST_P(StoreContract, TotalsSinceGivesOnlyWhatChanged) {
  using E = ContractElection;
  this->commit({this->one_vote()});
  this->commit({this->partition[1].ballots(E::south, E::bell, 2).step()});
  this->commit({this->partition[2].ballots(E::south, E::bell, 1).step()});

  const auto since = this->store->totals_since(1);
  ASSERT_TRUE(since) << to_text(since.error());
  EXPECT_EQ(since->head.commit, 3);
  ASSERT_EQ(since->totals.size(), 3);
  for (const TotalRow& row : since->totals) {
    EXPECT_EQ(row.key.unit, E::south);
    EXPECT_EQ(row.total.value, 3);
    EXPECT_EQ(row.changed_at_commit, 3);
  }
  EXPECT_TRUE(std::ranges::is_sorted(since->totals, {}, &TotalRow::key));
  EXPECT_TRUE(this->store->totals_since(3)->totals.empty());

  const auto head = this->store->totals_since(after_all_commits);
  ASSERT_TRUE(head) << to_text(head.error());
  EXPECT_TRUE(head->totals.empty());
  EXPECT_EQ(head->head, since->head);
  EXPECT_EQ(head->presentation, since->presentation);
  EXPECT_EQ(head->partitions.size(), since->partitions.size());
}

// A figure of a sheet is a number, withheld or unknown, and may go from one to another.
TYPED_TEST_P(StoreContract, WithheldAndUnknownAreKept) {
  using E = ContractElection;
  const TotalKey votes{E::council, E::cruz, E::south, E::postal};
  const TotalKey cards{E::council, slot::cards, E::south, E::postal};
  auto& sheets = this->partition[0];
  this->commit(
      {sheets.add(votes, {40, 1, 0}).add(cards, {0, 0, 1}).outcome({.counted = 1}).step()});
  EXPECT_EQ(this->total(this->snapshot(), votes), (Total{40, 1, 0}));
  EXPECT_EQ(this->total(this->snapshot(), cards), (Total{0, 0, 1}));

  // A correction: the votes are withheld, the cards are known after all.
  this->commit(
      {sheets.add(votes, {-40, -1, 1}).add(cards, {90, 1, -1}).outcome({.counted = 1}).step()});
  EXPECT_EQ(this->total(this->snapshot(), votes), (Total{0, 0, 1}));
  EXPECT_EQ(this->total(this->snapshot(), cards), (Total{90, 1, 0}));

  // And unknown: a row that says so, for whoever has the number must learn that it is gone.
  this->commit({sheets.add(votes, {0, 0, -1}).outcome({.counted = 1}).step()});
  const auto since = this->store->totals_since(2);
  ASSERT_TRUE(since);
  ASSERT_EQ(since->totals.size(), 1);
  EXPECT_EQ(since->totals[0].key, votes);
  EXPECT_TRUE(since->totals[0].total.is_zero());
}

// It would be a mistake of ours, and worse if it were stored.
TYPED_TEST_P(StoreContract, ATotalBelowZeroIsNeverStored) {
  using E = ContractElection;
  this->commit({this->one_vote()});
  const Snapshot before = this->snapshot();
  ContractPartition wrong = this->partition[0];
  const auto refused = this->store->commit(
      this->encoded({wrong.add({E::mayor, E::ada, E::north_1, E::in_person}, {-2, 0, 0}).step()}),
      this->now_us);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, Remedy::stop);
  this->expect_same(this->snapshot(), before);
  EXPECT_TRUE(this->commit({this->one_vote()}).verdicts.at(0).accepted);
}

TYPED_TEST_P(StoreContract, StepsAreKept) {
  const Change a1 = this->one_vote(0), b1 = this->one_vote(1), a2 = this->one_vote(0);
  this->commit({b1, a1});
  this->commit({a2});

  const auto expect_row = [](const StepRow& row, const Change& change, std::uint64_t commit) {
    EXPECT_EQ(row.partition, change.partition);
    EXPECT_EQ(row.number, change.number);
    EXPECT_EQ(row.from, change.from);
    EXPECT_EQ(row.to, change.to);
    EXPECT_EQ(row.commit, commit);
    EXPECT_EQ(row.log_size, change.log_size);
    EXPECT_EQ(row.root, change.root);
    EXPECT_EQ(row.segment, change.segment);
  };
  const auto all = this->store->steps(0, 2);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 3);
  expect_row((*all)[0], a1, 1);
  expect_row((*all)[1], a2, 2);
  expect_row((*all)[2], b1, 1);
  EXPECT_EQ(this->store->steps(0, 1)->size(), 2);
  const auto later = this->store->steps(1, ~std::uint64_t{0});
  ASSERT_TRUE(later);
  ASSERT_EQ(later->size(), 1);
  expect_row((*later)[0], a2, 2);

  const auto one = this->store->step(1, 1);
  ASSERT_TRUE(one && *one);
  expect_row(**one, b1, 1);
  EXPECT_FALSE(this->store->step(1, 2)->has_value());
}

TYPED_TEST_P(StoreContract, IncidentsAreKeptAndACommitIsNeverCutInTwo) {
  Incident conflict;
  conflict.outcome = Outcome::conflict;
  conflict.position = 4;
  conflict.index = 2;
  conflict.id.bytes.fill(9);
  conflict.leaf = sha256(as_bytes("second"));
  conflict.counted.fill(3);
  Incident rejected;
  rejected.outcome = Outcome::rejected;
  rejected.reason = Reason::entry_unit_unknown;
  rejected.position = 4;
  rejected.index = 7;
  rejected.id.bytes.fill(8);
  rejected.leaf = sha256(as_bytes("third"));
  Incident late = rejected;
  late.position = 11;
  late.index = 0;
  this->commit({this->partition[2].incident(conflict).incident(rejected).step(5)});
  this->commit({this->partition[1].incident(late).step(12)});

  const auto all = this->store->incidents(0, 100);
  ASSERT_TRUE(all) << to_text(all.error());
  ASSERT_EQ(all->size(), 3);
  EXPECT_EQ((*all)[0].partition, 2);
  EXPECT_EQ((*all)[0].commit, 1);
  EXPECT_EQ((*all)[0].incident.counted, conflict.counted);
  EXPECT_EQ((*all)[0].incident.leaf, conflict.leaf);
  EXPECT_EQ((*all)[0].incident.outcome, Outcome::conflict);
  EXPECT_EQ((*all)[1].incident, rejected);
  EXPECT_EQ((*all)[2].incident, late);
  EXPECT_EQ((*all)[2].commit, 2);
  // Those of some records of one partition.
  const auto of_records = [&](std::uint16_t of, std::uint64_t from, std::uint64_t to) {
    const auto rows = this->store->incidents_in(of, from, to);
    EXPECT_TRUE(rows) << to_text(rows.error());
    std::vector<Incident> found;
    for (const IncidentRow& row : *rows) found.push_back(row.incident);
    return found;
  };
  EXPECT_EQ(of_records(2, 0, 5), (std::vector<Incident>{conflict, rejected}));
  EXPECT_EQ(of_records(2, 5, 100), std::vector<Incident>{});
  EXPECT_EQ(of_records(2, 4, 5), (std::vector<Incident>{conflict, rejected}));
  EXPECT_EQ(of_records(1, late.position, late.position + 1), std::vector<Incident>{late});
  EXPECT_EQ(of_records(3, 0, 100), std::vector<Incident>{});
  const auto later = this->store->incidents(1, 100);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->size(), 1);
  // A reader goes on after the last commit it has seen.
  const auto limited = this->store->incidents(0, 1);
  ASSERT_TRUE(limited);
  EXPECT_EQ(limited->size(), 2);
  // More than one page of them: each once, in the same order.
  std::vector<Incident> seen;
  const auto each = [&](const IncidentRow& row) { seen.push_back(row.incident); };
  ASSERT_TRUE(for_each_incident(*this->store, 0, each, 1));
  EXPECT_EQ(seen, (std::vector<Incident>{conflict, rejected, late}));
  ASSERT_TRUE(for_each_incident(*this->store, 1, each, 1));
  EXPECT_EQ(seen.size(), 4);
  // Row by row, as they stand in the table.
  const std::string id_9(16, '\x09'), id_8(16, '\x08'), threes(16, '\x03');
  const std::string second(as_text(conflict.leaf)), third(as_text(rejected.leaf));
  EXPECT_EQ(this->told(incidents_table()),
            (std::vector<std::string>{
                "1 11 0 rejected entry.unit.unknown " + id_8 + " " + third + " - 2",
                "2 4 2 conflict  " + id_9 + " " + second + " " + threes + " 1",
                "2 4 7 rejected entry.unit.unknown " + id_8 + " " + third + " - 1"}));
}

TYPED_TEST_P(StoreContract, AFigureMayFallTwiceInOneStep) {
  using E = ContractElection;
  const TotalKey votes{E::council, E::cruz, E::south, E::postal};
  auto& sheets = this->partition[3];
  this->commit({sheets.add(votes, {40, 1, 0}).outcome({.counted = 1}).step()});
  const CommitOutcome outcome = this->commit({sheets.add(votes, {-20, 0, 0})
                                                  .decrease({votes, 40, 30, "typing error"})
                                                  .decrease({votes, 30, 20, "and again"})
                                                  .outcome({.counted = 2})
                                                  .step()});
  EXPECT_TRUE(outcome.verdicts.at(0).accepted);
  EXPECT_EQ(this->told(falls_table()),
            (std::vector<std::string>{"3 2 0 2 1 0 4 1 40 30 typing error",
                                      "3 2 1 2 1 0 4 1 30 20 and again"}));
}

TYPED_TEST_P(StoreContract, AHaltedPartitionTakesNoStepAndTheOthersGoOn) {
  ASSERT_TRUE(this->store->halt(1, "a root that should not be"));
  const Change waiting = this->one_vote(1);
  const CommitOutcome outcome = this->commit({this->one_vote(0), waiting});
  EXPECT_TRUE(outcome.verdicts.at(0).accepted);
  this->expect_refused(outcome.verdicts.at(1), "partition.halted");
  const auto rows = this->store->partitions();
  ASSERT_TRUE(rows);
  EXPECT_TRUE((*rows)[1].halted);
  EXPECT_EQ((*rows)[1].halted_because, "a root that should not be");
  EXPECT_FALSE((*rows)[0].halted);

  ASSERT_EQ(this->store->put_audit({0, {'r'}}, {.resumed = 1}), Result<bool>(true));
  EXPECT_FALSE((*this->store->partitions())[1].halted);
  EXPECT_TRUE(this->commit({waiting}).verdicts.at(0).accepted);
}

// The signature of two publishers must never stand under two statements of one number.
TYPED_TEST_P(StoreContract, AStatementNumberIsTakenOnce) {
  const StatementRow one{
      .number = 1, .commit = 3, .bytes = {'o', 'n', 'e'}, .checkpoint = "c\n1\n"};
  const StatementRow other{.number = 1, .commit = 4, .bytes = {'x'}, .checkpoint = "c\n2\n"};
  const StatementRow two{
      .number = 2, .commit = 5, .bytes = {'t', 'w', 'o'}, .checkpoint = "c\n3\n"};
  EXPECT_EQ(this->store->put_statement(one), Result<bool>(true));
  EXPECT_EQ(this->store->put_statement(other), Result<bool>(false));
  EXPECT_EQ(this->store->put_statement(one), Result<bool>(false));
  EXPECT_EQ(this->store->put_statement(two), Result<bool>(true));

  const auto last = this->store->last_statement();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->number, 2);
  const auto all = this->store->statements(1, 10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2);
  EXPECT_EQ((*all)[0].bytes, one.bytes);
  EXPECT_EQ((*all)[0].commit, 3);
  EXPECT_EQ((*all)[0].checkpoint, one.checkpoint);
  EXPECT_EQ((*all)[1].bytes, two.bytes);
  EXPECT_EQ(this->store->statements(1, 1)->size(), 1);
  EXPECT_EQ(this->store->statements(2, 10)->at(0).number, 2);
}

// Two officers at once: one of them must take the next number.
TYPED_TEST_P(StoreContract, AnAuditNumberIsTakenOnceAndLeavesNoHole) {
  EXPECT_EQ(*this->store->last_audit(), std::nullopt);
  EXPECT_EQ(this->store->put_audit({1, {'x'}}, {}), Result<bool>(false)) << "0 comes first";
  EXPECT_EQ(this->store->put_audit({0, {'a'}}, {}), Result<bool>(true));
  EXPECT_EQ(this->place.owner()->put_audit({0, {'b'}}, {}), Result<bool>(false));
  EXPECT_EQ(this->store->put_audit({2, {'x'}}, {}), Result<bool>(false));
  EXPECT_EQ(this->store->put_audit({1, {'c', 'c'}}, {}), Result<bool>(true));

  const auto other = this->place.owner();
  ASSERT_TRUE(other->open(this->count));
  const auto last = other->last_audit();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->number, 1);
  EXPECT_EQ((*last)->bytes, (Bytes{'c', 'c'}));
  const auto all = other->audit(0, 10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2);
  EXPECT_EQ((*all)[0].bytes, Bytes{'a'});
  EXPECT_EQ(other->audit(0, 1)->size(), 1);
  EXPECT_EQ(other->audit(1, 10)->at(0).number, 1);
  EXPECT_TRUE(other->audit(2, 10)->empty());
}

// An action without its line would be a change that nobody answers for.
TYPED_TEST_P(StoreContract, AnActionIsDoneWithItsLineOrNotAtAll) {
  ASSERT_TRUE(this->store->halt(1, "because"));
  ASSERT_EQ(this->store->put_audit({0, {'a'}}, {}), Result<bool>(true));
  EXPECT_EQ(this->store->put_audit({0, {'b'}}, {.resumed = 1}), Result<bool>(false));
  EXPECT_TRUE((*this->store->partitions())[1].halted);
  EXPECT_EQ(this->store->put_audit({1, {'b'}}, {.resumed = 1}), Result<bool>(true));
  EXPECT_FALSE((*this->store->partitions())[1].halted);
  EXPECT_EQ((*this->store->partitions())[1].halted_because, "");
}

TYPED_TEST_P(StoreContract, ARejectedEntryKeepsTheFirstPlaceItWasReplayedTo) {
  Incident rejected;
  rejected.outcome = Outcome::rejected;
  rejected.reason = Reason::entry_unit_unknown;
  rejected.position = 4;
  rejected.index = 7;
  Incident other = rejected;
  other.index = 8;
  this->commit({this->partition[2].incident(rejected).incident(other).step(5)});
  const EntryPlace stood{2, 4, 7}, again{2, 9, 0}, later{2, 12, 3};
  ASSERT_EQ(this->store->put_audit({0, {'a'}}, {.replays = {{stood, again}}}), Result<bool>(true));
  ASSERT_EQ(this->store->put_audit({1, {'b'}}, {.replays = {{stood, later}}}), Result<bool>(true));
  ASSERT_EQ(this->store->put_audit({1, {'c'}}, {.replays = {{{2, 4, 8}, later}}}),
            Result<bool>(false));

  const auto rows = this->store->incidents(0, 10);
  ASSERT_TRUE(rows) << to_text(rows.error());
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ((*rows)[0].replayed_as, again);
  EXPECT_EQ((*rows)[1].replayed_as, std::nullopt);
  EXPECT_EQ(this->told(replays_table()), std::vector<std::string>{"2 9 0 2 4 7 0"});
}

TYPED_TEST_P(StoreContract, AnAuditCheckpointIsKeptOnceASize) {
  EXPECT_TRUE(this->store->put_audit_checkpoint({.size = 3, .note = "three"}));
  EXPECT_TRUE(this->store->put_audit_checkpoint({.size = 1, .note = "one"}));
  EXPECT_TRUE(this->place.owner()->put_audit_checkpoint({.size = 3, .note = "another three"}));
  const auto all = this->store->audit_checkpoints();
  ASSERT_TRUE(all) << to_text(all.error());
  ASSERT_EQ(all->size(), 2);
  EXPECT_EQ((*all)[0].size, 1);
  EXPECT_EQ((*all)[0].note, "one");
  EXPECT_EQ((*all)[1].note, "three");
}

// What may have been sent is known before it is sent; what became of it is written once.
TYPED_TEST_P(StoreContract, ADeliveryIsBegunOnceAndSettledOnce) {
  DeliveryRow row{.number = 2,
                  .source = "Rill County",
                  .file = "at-20h.csv",
                  .figures_at_us = this->noon_us,
                  .received_at_us = this->noon_us + 5,
                  .act = "update",
                  .reason = "",
                  .sender = "clerk"};
  row.content.fill(7);
  const std::vector<DeliveredSheet> planned{
      {.unit = UnitId{4'000'000'000}, .method = MethodId{1}, .contest = ContestId{3}, .version = 2},
      {.unit = UnitId{0},
       .method = MethodId{0},
       .contest = ContestId{0},
       .version = 4'000'000'000}};
  EXPECT_EQ(this->store->put_delivery(row, planned), Result<bool>(false)) << "1 comes first";
  row.number = 1;
  EXPECT_EQ(this->store->put_delivery(row, planned), Result<bool>(true));
  EXPECT_EQ(this->place.owner()->put_delivery(row, {}), Result<bool>(false));
  DeliveryRow second = row;
  second.number = 2;
  second.figures_at_us.reset();
  second.act = "correction";
  second.reason = "counted again";
  EXPECT_EQ(this->store->put_delivery(second, {}), Result<bool>(true));

  const auto other = this->place.owner();
  ASSERT_TRUE(other->open(this->count));
  EXPECT_EQ(*other->deliveries(1, 10), (std::vector{row, second}));
  EXPECT_EQ(*other->deliveries(2, 10), (std::vector{second}));
  EXPECT_EQ(*other->deliveries(1, 1), (std::vector{row}));
  EXPECT_EQ(*other->delivered_sheets(1), (std::vector{planned[1], planned[0]}));
  EXPECT_TRUE(other->delivered_sheets(2)->empty());

  std::vector<DeliveredSheet> became{planned[1], planned[0]};
  became[0].became = "new";
  became[1].version = 0;
  became[1].became = "held";
  became[1].why = "line 7: votes \"1x\"";
  EXPECT_EQ(other->put_delivered(3, became, 0, this->noon_us), Result<bool>(false));
  EXPECT_EQ(other->put_delivered(1, planned, 0, std::nullopt), Result<bool>(true));
  EXPECT_EQ(other->put_delivered(1, became, 17, this->noon_us + 9), Result<bool>(true));
  EXPECT_EQ(other->put_delivered(1, planned, 0, this->noon_us), Result<bool>(false)) << "settled";
  row.unchanged = 17;
  row.settled_at_us = this->noon_us + 9;
  EXPECT_EQ(*this->store->deliveries(1, 1), (std::vector{row}));
  EXPECT_EQ(*this->store->delivered_sheets(1), became);
}

TYPED_TEST_P(StoreContract, OnlyTheLastReconciliationIsKept) {
  EXPECT_EQ(*this->store->last_reconciliation(), std::nullopt);
  const ReconciliationRow differs{.at_us = this->noon_us,
                                  .commit = 7,
                                  .differences = 3,
                                  .differs = "log = store, pub_* views = store",
                                  .not_looked_at = "Elasticsearch = store"};
  const ReconciliationRow good{.at_us = this->noon_us + 1,
                               .commit = 8,
                               .refused = {{"entry.json.syntax", 2}, {"entry.kind.unknown", 1}}};
  std::map<std::string, std::uint64_t> refused;
  for (const ReconciliationRow& row : {differs, good, differs, good}) {
    const auto put = this->place.owner()->put_reconciliation(row);
    ASSERT_TRUE(put) << to_text(put.error());
    const auto last = this->store->last_reconciliation();
    ASSERT_TRUE(last && *last);
    ReconciliationRow told = row;
    told.refused.merge(refused);  // Not looked at: the last ones stay.
    refused = told.refused;
    EXPECT_EQ(**last, told);
  }
}

TYPED_TEST_P(StoreContract, AJournalIsBoundOnce) {
  EXPECT_TRUE(this->store->bind_journal("topic-1"));
  EXPECT_TRUE(this->place.owner()->bind_journal("topic-1"));
  const auto other = this->store->bind_journal("topic-2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().remedy, Remedy::reject);
  EXPECT_EQ(other.error().code, "journal.other");
}

// Recovery numbers what comes next above all that was ever published.
TYPED_TEST_P(StoreContract, CommitsAreNumberedAboveWhatWasSkipped) {
  this->commit({this->one_vote()});
  ASSERT_TRUE(this->store->skip_to(40));
  ASSERT_TRUE(this->store->skip_to(7)) << "never back";
  EXPECT_EQ(this->store->head()->commit, 40U);
  EXPECT_EQ(this->commit({this->one_vote()}).commit, 41U);
  const auto steps = this->store->steps(1, 41);
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 1U);
  EXPECT_EQ(steps->at(0).commit, 41U);
}

// Whoever reads while others commit sees all of one commit and nothing of the next.
TYPED_TEST_P(StoreContract, ASnapshotIsOfOneCommit) {
  using E = ContractElection;
  constexpr std::int64_t commits = 60;
  const auto writer = this->place.owner();
  ASSERT_TRUE(writer->open(this->count));
  std::thread writing([&] {
    for (std::int64_t i = 0; i < commits; ++i) {
      const auto done = writer->commit(this->encoded({this->one_vote(0), this->one_vote(1)}),
                                       this->noon_us + i * 1000);
      EXPECT_TRUE(done) << to_text(done.error());
    }
  });
  std::int64_t seen = 0;
  while (seen < commits && !this->HasFailure()) {
    const Snapshot snapshot = this->snapshot();
    seen = static_cast<std::int64_t>(snapshot.head.commit);
    EXPECT_EQ(this->total(snapshot, {E::mayor, E::ada, E::north_1, E::in_person}).value, 2 * seen);
    EXPECT_EQ(this->total(snapshot, {whole_unit, slot::cards, E::north_1, E::in_person}).value,
              2 * seen);
    EXPECT_EQ(snapshot.partitions[0].committed.number, static_cast<std::uint64_t>(seen));
    EXPECT_EQ(snapshot.partitions[1].outcomes.counted, static_cast<std::uint64_t>(seen));
  }
  writing.join();
}

REGISTER_TYPED_TEST_SUITE_P(
    StoreContract, ANewStoreHasCountedNothing, CreatingTheSameCountAgainChangesNothing,
    WhatStandsBesideTheNumbersIsThatOfTheFiles, AStoreOfAnotherCountIsRefused,
    APlaceWithoutACountIsRefused, AChangeOfAnotherCountIsRefused, StepsAddUp,
    ANewOwnerFindsWhatIsCommitted, AStepSentAgainIsRefusedAndChangesNothing,
    OfTwoOwnersOnlyOneCounts, AChangeThatDoesNotBeginWhereThePartitionIsIsRefused,
    ChangesOfOneCommitAreJudgedEachByItself, EachCommitThatAcceptsSomethingHasTheNextNumber,
    AStepWithoutTotalsMovesItsPartition, TotalsSinceGivesOnlyWhatChanged, WithheldAndUnknownAreKept,
    ATotalBelowZeroIsNeverStored, StepsAreKept, IncidentsAreKeptAndACommitIsNeverCutInTwo,
    AFigureMayFallTwiceInOneStep, AHaltedPartitionTakesNoStepAndTheOthersGoOn,
    AStatementNumberIsTakenOnce, AnAuditNumberIsTakenOnceAndLeavesNoHole,
    AnActionIsDoneWithItsLineOrNotAtAll, ARejectedEntryKeepsTheFirstPlaceItWasReplayedTo,
    AnAuditCheckpointIsKeptOnceASize, ADeliveryIsBegunOnceAndSettledOnce,
    OnlyTheLastReconciliationIsKept, AJournalIsBoundOnce, CommitsAreNumberedAboveWhatWasSkipped,
    ASnapshotIsOfOneCommit);

}  // namespace teller
