// Every comparison of reconcile(), broken once: exactly the line that holds it says so.
#include "verify/reconcile.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "log/segment.h"
#include "publish/digest.h"
#include "publish/figures.h"
#include "publish/statement.h"
#include "store/store_memory.h"
#include "testing/store_election.h"

namespace teller {
namespace {

using E = ContractElection;

// A count of two commits that everybody agrees on; a test changes one number of it.
struct World {
  World() {
    EXPECT_TRUE(store.create(rules, presentation, count));
    ContractPartition first(count.id, 0), second(count.id, 1);
    Incident conflict;
    conflict.leaf = sha256(as_bytes("x"));
    Incident rejected = conflict;
    rejected.outcome = Outcome::rejected;
    rejected.index = 1;
    commit({first.ballots(E::north_1, E::ada, 3)
                .outcome({.duplicate = 1})
                .incident(conflict)
                .incident(rejected)
                .step(2)});
    const TotalKey none{E::council, E::none, E::south, E::postal};
    commit({second.ballots(E::south, E::bell, 2).add(none, {0, 0, 1}).step(1)});

    const Snapshot snapshot = *store.snapshot();
    totals = snapshot.totals;
    at.head = snapshot.head;
    at.presentation = snapshot.presentation;
    at.rows = snapshot.partitions;
    at.statements = 1;
    statement.count = count.id;
    statement.commit = snapshot.head.commit;
    statement.presentation = snapshot.presentation;
    statement.mode = "test";
    statement.status = "unofficial";
    statement.policy = "live";
    for (const PartitionRow& row : at.rows) {
      statement.partitions.push_back({row.partition, row.committed});
    }
    statement.digest = digest_of(rules.hash(), totals);

    for (const PartitionRow& row : at.rows) {
      PartitionSays& of = at.partitions.emplace_back();
      of.journal_end = row.committed.position + 7;
      of.journal_entries = row.outcomes.recorded();
      of.incidents_listed = row.outcomes.conflict + row.outcomes.rejected;
      of.last = of.stated = *store.step(row.partition, row.committed.number);
      if (!of.last) continue;
      SegmentHead& head = of.segment.emplace();
      head.leaves = static_cast<std::uint32_t>(row.committed.log_size);
      head.root_after = row.committed.root;
    }
    at.entries_read = at.segments_read = true;
    for (const char* name : {"static files", "Elasticsearch", "pub_* views"}) {
      at.readers.push_back({name, read_back(), "", ""});
    }
    at.readers[0].read_back->stated = ReadBack::Stated{"", "checkpoint 0"};
    at.inbox = {
        {.partition = 0, .first = 0, .dealt_with = 5, .end = 5, .recorded = 4, .refused = 1}};
  }

  void commit(const std::vector<Change>& changes) {
    std::vector<Bytes> bytes;
    for (const Change& change : changes) bytes.push_back(encode(change));
    const auto outcome = store.commit(bytes, 1'000'000);
    ASSERT_TRUE(outcome);
    for (const Verdict& verdict : outcome->verdicts) ASSERT_TRUE(verdict.accepted);
  }

  [[nodiscard]] ReadBack read_back() const {
    ReadBack read_back;
    read_back.commit = at.head.commit;
    read_back.statements = 1;
    for (const PartitionRow& row : at.rows) read_back.outcomes += row.outcomes;
    const auto snapshot = const_cast<MemoryStore&>(store).snapshot();
    const auto rows = rows_by_contest(rules, snapshot->totals);
    for (const auto& [contest, slot] : {std::pair{E::mayor, E::ada},
                                        {E::mayor, E::bell},
                                        {E::council, E::cruz},
                                        {E::council, E::none}}) {
      const TotalFigure figure =
          ContestFigures(rules, contest, rows.at(contest.value)).column(slot);
      read_back.options.push_back(
          {contest, slot, figure.value(), std::string(to_text(figure.state())), at.head.commit});
    }
    read_back.rows = {0, 0, rules.units.size(), 2};
    for (const TotalRow& row : snapshot->totals) {
      read_back.rows->totals += row.key.contest == whole_unit ? 0 : 1;
    }
    for (const Contest& contest : rules.contests) read_back.rows->options += contest.options.size();
    read_back.has_totals = true;
    for (const TotalRow& row : snapshot->totals) {
      if (row.key.contest == whole_unit) continue;
      const std::string_view known = state_of(rules, row);
      read_back.totals.push_back({row.key,
                                  known == "number" ? std::optional(row.total.value) : std::nullopt,
                                  std::string(known), at.head.commit});
    }
    return read_back;
  }

  // As it stands now.
  [[nodiscard]] Reconciliation result() {
    const std::string text = to_text(statement);
    StatementRow row;
    row.commit = statement.commit;
    row.bytes.assign(text.begin(), text.end());
    row.checkpoint = "checkpoint 0";
    if (at.statements > 0) at.stated = row;
    at.read_statements = {row};
    for (ReaderSays& reader : at.readers) {
      if (reader.read_back && reader.read_back->stated &&
          reader.read_back->stated->statement.empty()) {
        reader.read_back->stated->statement = text;
      }
    }
    at.totals = totals;
    return reconcile(rules, count, at);
  }

  const Rules rules = E::rules();
  const Presentation presentation = E::presentation(rules);
  const CountFile count = E::count(rules, presentation, 5);
  MemoryStore store;
  std::vector<TotalRow> totals;
  Statement statement;
  Places at;
};

Agreement agreement_of(const Reconciliation& result, const std::string& what) {
  const auto line = std::ranges::find(result.lines, what, &ReconcileLine::what);
  EXPECT_NE(line, result.lines.end()) << what;
  return line == result.lines.end() ? Agreement::not_looked_at : line->agreement;
}

TEST(Reconcile, WhatAgreesIsTheSameOnEveryLine) {
  World world;
  const Reconciliation result = world.result();
  for (const Difference& difference : result.differences) {
    ADD_FAILURE() << difference.what << ": " << difference.where;
  }
  ASSERT_EQ(result.lines.size(), 10U);
  for (const ReconcileLine& line : result.lines) {
    EXPECT_EQ(line.agreement, Agreement::same) << line.what << ": " << line.note;
    EXPECT_EQ(line.commit, 2U) << line.what;
    EXPECT_GT(line.compared, 0U) << line.what;
  }
}

struct Broken {
  const char* line;
  const char* where;  // Part of what is said.
  std::function<void(World&)> change;
};

// One number in one place.
const std::vector<Broken>& all_broken() {  // NOLINT(readability-function-size): it is a table.
  static const char* const recorded = "recorded = counted + duplicate + conflict + rejected";
  static const auto total = [](World& w, std::size_t reader) -> ReadBack::Cell& {
    return w.at.readers[reader].read_back->totals[0];
  };
  static const std::vector<Broken> broken{
      {"journal = recorded", "partition 0: counted up to position 2, but the journal ends at 1",
       [](World& w) { w.at.partitions[0].journal_end = 1; }},
      {"journal = recorded", "partition 1: journal.gap",
       [](World& w) { w.at.partitions[1].journal_damage = "journal.gap: record 4 is gone"; }},
      {recorded, "partition 0: 7 entries in the journal up to position 2, 3 counted + 1 duplicate",
       [](World& w) { w.at.partitions[0].journal_entries = 7; }},
      {"incidents = conflict + rejected", "partition 0: 1 listed",
       [](World& w) { w.at.partitions[0].incidents_listed = 1; }},
      {"log = store", "partition 0, last step",
       [](World& w) { w.at.partitions[0].last->number = 9; }},
      {"log = store", "partition 0, position", [](World& w) { w.at.partitions[0].last->to = 9; }},
      {"log = store", "size of the log by its last step",
       [](World& w) { w.at.partitions[0].last->log_size = 9; }},
      {"log = store", "root by its last step",
       [](World& w) { w.at.partitions[0].last->root[3] ^= 1; }},
      {"log = store", "its last step is not in the list",
       [](World& w) { w.at.partitions[0].last.reset(); }},
      {"log = store", "size of the log by its last segment",
       [](World& w) { w.at.partitions[1].segment->leaves++; }},
      {"log = store", "root by its last segment",
       [](World& w) { w.at.partitions[1].segment->root_after[31] ^= 1; }},
      {"log = store", "segment of step 1: segments.missing",
       [](World& w) {
         w.at.partitions[1].segment.reset();
         w.at.partitions[1].no_segment = "segments.missing";
       }},
      {"log = store", "segment 1 of partition 1",
       [](World& w) { w.at.partitions[1].broken_chain = "segment 1 of partition 1: is gone"; }},
      {"statement = store", "step 1 of statement 0, position",
       [](World& w) { w.statement.partitions[0].committed.position++; }},
      {"statement = store", "step 1 of statement 0, size",
       [](World& w) { w.statement.partitions[0].committed.log_size++; }},
      {"statement = store", "step 1 of statement 0, root",
       [](World& w) { w.statement.partitions[0].committed.root[0] ^= 1; }},
      {"statement = store", "digest", [](World& w) { w.statement.digest[0] ^= 1; }},
      {"statement = store", "presentation", [](World& w) { w.statement.presentation[0] ^= 1; }},
      {"statement = store", "is not in the store",
       [](World& w) { w.at.partitions[0].stated.reset(); }},
      {"statement = store", "was committed later",
       [](World& w) { w.at.partitions[0].stated->commit = 3; }},
      {"statement = store", "the step after it was committed before the statement",
       [](World& w) { w.at.partitions[0].after_stated = StepRow{.commit = 2}; }},
      {"statement = store", "another count", [](World& w) { w.statement.count.bytes[0] ^= 1; }},
      {"names = files", "options contest 0 slot 1, name",
       [](World& w) {
         w.at.definition.differences.emplace_back("options contest 0 slot 1, name: …");
       }},
      {"names = files", "the count is official",
       [](World& w) { w.at.undecided = "the count is official"; }},
      {"static files = store", "totals.csv is not what was written",
       [](World& w) {
         w.at.readers[0].read_back->wrong.emplace_back("totals.csv is not what was written");
       }},
      {"static files = store", "contest mayor, option ada (commit 2): 3 in the store, 4 there",
       [](World& w) { w.at.readers[0].read_back->options[0].votes = 4; }},
      {"static files = store",
       "contest mayor, option ada, unit ash/north/1, method in-person (commit "
       "2): 3 in the store, 4 there",
       [](World& w) { total(w, 0).value = 4; }},
      {"static files = store", "statement 0 is not the one",
       [](World& w) { w.at.readers[0].read_back->stated->statement = "teller statement 1\n"; }},
      {"static files = store", "checkpoint",
       [](World& w) { w.at.readers[0].read_back->stated->checkpoint += "x"; }},
      {"static files = store", "sink.damaged",
       [](World& w) {
         w.at.readers[0].read_back.reset();
         w.at.readers[0].damage = "sink.damaged: totals.json";
       }},
      {"Elasticsearch = store", "counted: 5 in the store, 6 there",
       [](World& w) { w.at.readers[1].read_back->outcomes.counted++; }},
      {"Elasticsearch = store", "duplicate",
       [](World& w) { w.at.readers[1].read_back->outcomes.duplicate++; }},
      {"Elasticsearch = store", "conflict",
       [](World& w) { w.at.readers[1].read_back->outcomes.conflict++; }},
      {"Elasticsearch = store", "rejected",
       [](World& w) { w.at.readers[1].read_back->outcomes.rejected++; }},
      {"Elasticsearch = store", "says commit 3, the store is at 2",
       [](World& w) { w.at.readers[1].read_back->commit = 3; }},
      {"Elasticsearch = store", "knows of 2 statements",
       [](World& w) { w.at.readers[1].read_back->statements = 2; }},
      {"Elasticsearch = store", "rows of totals",
       [](World& w) { w.at.readers[1].read_back->rows->totals--; }},
      {"Elasticsearch = store", "rows of options",
       [](World& w) { w.at.readers[1].read_back->rows->options++; }},
      {"Elasticsearch = store", "rows of units: 5 in the store, 0 there",
       [](World& w) { w.at.readers[1].read_back->rows->units = 0; }},
      {"Elasticsearch = store", "rows of incidents: 2 in the store, 1 there",
       [](World& w) { w.at.readers[1].read_back->rows->incidents--; }},
      {"Elasticsearch = store", "number in the store, unknown there",
       [](World& w) { total(w, 1).how = "unknown"; }},
      {"Elasticsearch = store", "a value where there is none",
       [](World& w) { total(w, 1).value.reset(); }},
      {"Elasticsearch = store", "a value where there is none",
       [](World& w) { w.at.readers[1].read_back->totals.back().value = 0; }},
      {"pub_* views = store", "option bell: missing",
       [](World& w) {
         w.at.readers[2].read_back->options.erase(w.at.readers[2].read_back->options.begin() + 1);
       }},
      {"pub_* views = store", "option ada stands there twice",
       [](World& w) {
         w.at.readers[2].read_back->options[1] = w.at.readers[2].read_back->options[0];
         w.at.readers[2].read_back->options.push_back({E::mayor, E::bell, 2, "number", 2});
       }},
      {"pub_* views = store", "is not in the rules",
       [](World& w) {
         w.at.readers[2].read_back->options.push_back({E::mayor, 17, 0, "number", 2});
       }},
      {"pub_* views = store", "missing, changed at commit 1",
       [](World& w) {
         w.at.readers[2].read_back->totals.erase(w.at.readers[2].read_back->totals.begin());
       }},
      {"pub_* views = store", "stands there and not in the store",
       [](World& w) {
         w.at.readers[2].read_back->totals.push_back(w.at.readers[2].read_back->totals[0]);
       }},
      {"pub_* views = store",
       "unit ash/north/2, method in-person: stands there and not in the store",
       [](World& w) {
         ReadBack::Cell cell = total(w, 2);
         cell.key.unit = E::north_2;
         w.at.readers[2].read_back->totals.push_back(cell);
       }},
      {"inbox = recorded + refused",
       "3 messages were neither recorded nor refused, the first at offset 2",
       [](World& w) {
         w.at.inbox->at(0).neither = 3;
         w.at.inbox->at(0).first_neither = 2;
       }},
      {"inbox = recorded + refused", "1 messages were recorded and refused, the first at offset 4",
       [](World& w) {
         w.at.inbox->at(0).both = 1;
         w.at.inbox->at(0).first_both = 4;
       }},
      {"inbox = recorded + refused", "dealt with up to offset 5, but it ends at 3",
       [](World& w) { w.at.inbox->at(0).end = 3; }},
  };
  return broken;
}

TEST(Reconcile, OneChangedNumberIsReportedByItsOwnLine) {
  for (const Broken& broken : all_broken()) {
    SCOPED_TRACE(std::string(broken.line) + ", " + broken.where);
    World world;
    broken.change(world);
    const Reconciliation result = world.result();
    EXPECT_FALSE(result.good());
    EXPECT_TRUE(std::ranges::any_of(result.differences, [&](const Difference& difference) {
      return difference.where.find(broken.where) != std::string::npos;
    })) << (result.differences.empty() ? "nothing was said" : result.differences[0].where);
    for (const Difference& difference : result.differences) EXPECT_EQ(difference.what, broken.line);
    for (const ReconcileLine& line : result.lines) {
      EXPECT_EQ(line.agreement == Agreement::differs, line.what == broken.line) << line.what;
    }
  }
}

// In the store itself: then every place disagrees with it that shows the number.
TEST(Reconcile, ATotalChangedInTheStoreIsFoundEverywhere) {
  World world;
  world.totals[0].total.value++;
  const Reconciliation result = world.result();
  for (const char* line : {"statement = store", "static files = store", "Elasticsearch = store",
                           "pub_* views = store"}) {
    EXPECT_EQ(agreement_of(result, line), Agreement::differs) << line;
  }
  EXPECT_EQ(agreement_of(result, "log = store"), Agreement::same);
}

TEST(Reconcile, BeingBehindIsNoDifference) {
  World world;
  // Partition 1 and all that it changed came with commit 2: a reader at commit 1 knows none of it.
  ReadBack& read_back = *world.at.readers[1].read_back;
  read_back.commit = 1;
  read_back.outcomes = world.at.rows[0].outcomes;
  for (ReadBack::Sum& sum : read_back.options) sum.as_of = 1;
  read_back.options[1].votes = 0;
  std::erase_if(read_back.totals,
                [](const ReadBack::Cell& cell) { return cell.key.unit == E::south; });
  for (ReadBack::Cell& cell : read_back.totals) cell.as_of = 1;
  read_back.rows->totals = read_back.totals.size();
  const Reconciliation behind = world.result();
  EXPECT_TRUE(behind.good()) << behind.differences[0].where;
  EXPECT_EQ(agreement_of(behind, "Elasticsearch = store"), Agreement::behind);

  // But what the store has not changed since must be there.
  read_back.totals[0].value = 2;
  const Reconciliation wrong = world.result();
  EXPECT_EQ(agreement_of(wrong, "Elasticsearch = store"), Agreement::differs);
}

TEST(Reconcile, AStatementMayBeBehindTheStoreAndNotAheadOfIt) {
  World world;
  world.statement.commit = 1;
  world.statement.partitions[1].committed = {};
  world.at.partitions[1].after_stated = world.at.partitions[1].stated;
  world.at.partitions[1].stated.reset();
  world.statement.digest = {};
  EXPECT_EQ(agreement_of(world.result(), "statement = store"), Agreement::behind);
  world.statement.commit = 3;
  const Reconciliation ahead = world.result();
  EXPECT_EQ(agreement_of(ahead, "statement = store"), Agreement::differs);
  EXPECT_NE(ahead.differences.at(0).where.find("an older copy was restored"), std::string::npos);
}

TEST(Reconcile, WhatWasNotLookedAtIsNeverCalledTheSame) {
  World world;
  world.at.entries_read = false;
  for (PartitionSays& of : world.at.partitions) {
    of.journal_end.reset();
    of.journal_entries.reset();
  }
  world.at.journal_unread = "Kafka is away";
  world.at.readers[1].read_back.reset();
  world.at.readers[1].unread = "away";
  world.at.inbox.reset();
  world.at.inbox_unread = "Kafka is away";
  const Reconciliation result = world.result();
  EXPECT_TRUE(result.good());
  for (const char* line :
       {"journal = recorded", "recorded = counted + duplicate + conflict + rejected",
        "Elasticsearch = store", "inbox = recorded + refused"}) {
    EXPECT_EQ(agreement_of(result, line), Agreement::not_looked_at) << line;
  }
}

TEST(Reconcile, HundredsOfDifferencesAreCounted) {
  World world;
  for (std::uint16_t i = 0; i < 150; ++i) {
    world.at.readers[0].read_back->options.push_back(
        {E::mayor, static_cast<std::uint16_t>(50 + i), 0, "number", 2});
  }
  const Reconciliation result = world.result();
  EXPECT_EQ(result.differences.size(), 100U);
  EXPECT_EQ(result.more, 50U);
}

}  // namespace
}  // namespace teller
