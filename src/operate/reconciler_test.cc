#include "operate/reconciler.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "journal/refused_line.h"
#include "operate/reconcile_loop.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* recorded = "recorded = counted + duplicate + conflict + rejected";

// A store in which somebody has changed what it says of conflicts.
struct ChangedIncidents : MemoryStore {
  std::function<void(Incident&)> change;

  Result<std::vector<IncidentRow>> incidents(std::uint64_t after, std::uint64_t limit) override {
    auto rows = MemoryStore::incidents(after, limit);
    if (rows && change) {
      for (IncidentRow& row : *rows) change(row.incident);
    }
    return rows;
  }
};

// An election that was counted and published, some of it through an inbox.
class ReconcilerTest : public MemoryHome<ChangedIncidents> {
 protected:
  void SetUp() override {
    publisher = std::make_unique<Publisher>(home->definition(), home->presentation, store, *signer);
    publisher->add(std::make_unique<StaticFilesSink>(folder / "out", home->rules, home->count));
    for (std::uint32_t n = 0; n < 20; ++n) vote(n);
    count();
    reconciler = std::make_unique<Reconciler>(parts());
  }

  Reconciler::Parts parts() {
    Reconciler::Parts parts;
    parts.home = home.get();
    parts.store = &store;
    parts.segments = &segments;
    parts.journal = &journal;
    parts.readers.push_back(
        {"static files", [this](bool totals) {
           return StaticFilesSink(folder / "out", home->rules, home->count).read_back(totals);
         }});
    parts.inbox = [this]() -> Result<std::vector<InboxRange>> {
      return std::vector<InboxRange>{{3, 0, dealt_with, dealt_with}};
    };
    parts.refused = &refused;
    return parts;
  }

  // The n-th ballot; `inbox`: the offset at which it came.
  void vote(std::uint32_t n, std::optional<std::uint64_t> inbox = {}) {
    Envelope envelope;
    if (inbox) {
      envelope.number = *inbox;
      envelope.inbox_partition = 3;
    }
    MemoryHome::vote(journal, n, envelope);
  }
  // Another card with the number of the n-th.
  void conflict(std::uint32_t n) {
    const Entry entry = example::entry(n, {1});
    const std::uint16_t partition = partition_of(entry, home->count.partitions);
    RecordBuilder record(home->count.id, partition);
    ASSERT_TRUE(record.add(entry.id, encode(entry, home->count.id), {}));
    append(journal, partition, record.finish());
  }
  void refuse(std::uint64_t offset) {
    append(refused, 0,
           encode(RefusedLine{
               .code = "entry.json.syntax", .partition = 3, .offset = offset, .sha256 = "00"}));
  }
  void count() {
    MemoryHome::count();
    ASSERT_TRUE(publisher->run_once());
  }
  Reconciliation run() {
    auto result = reconciler->run({.entries = true, .totals = true, .segments = true});
    EXPECT_TRUE(result) << to_text(result.error());
    return result.value_or(Reconciliation{});
  }
  // The lines that do not say "same".
  static std::vector<std::string> others(const Reconciliation& result) {
    std::vector<std::string> lines;
    for (const ReconcileLine& line : result.lines) {
      if (line.agreement != Agreement::same) {
        lines.push_back(line.what + ": " + std::string(to_text(line.agreement)));
      }
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  MemoryJournal refused{1};
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<Reconciler> reconciler;
  std::uint64_t dealt_with = 0;
};

TEST_F(ReconcilerTest, ACountAgreesWithItselfWhileItGoesOn) {
  for (std::uint32_t round = 0; round < 3; ++round) {
    const Reconciliation result = run();
    EXPECT_EQ(others(result), Lines{}) << (result.good() ? "" : result.differences[0].where);
    for (std::uint32_t n = 0; n < 20; ++n) vote(100 * round + n);
    count();
  }
}

// Whether its record is read in the pass that hears of it, or was read in one before.
TEST_F(ReconcilerTest, AConflictIsTheOneThatTheJournalHasAtItsPlace) {
  const std::vector<std::pair<std::string, std::function<void(Incident&)>>> changes{
      {"", {}},
      {"leaf: ", [](Incident& incident) { ++incident.leaf[0]; }},
      {"entry_id: ", [](Incident& incident) { ++incident.id.bytes[0]; }},
      {"place: ", [](Incident& incident) { ++incident.index; }},
      {"no such record", [](Incident& incident) { incident.position += 1000; }}};
  std::uint32_t n = 0;
  for (const bool read_before : {false, true}) {
    for (const auto& [word, change] : changes) {
      reconciler = std::make_unique<Reconciler>(parts());
      store.change = {};
      conflict(n++);
      if (read_before) run();
      count();
      store.change = change;
      const Reconciliation result = run();
      EXPECT_EQ(result.good(), word.empty()) << word;
      if (word.empty() || result.good()) continue;
      EXPECT_NE(result.differences[0].where.find(word), std::string::npos)
          << result.differences[0].where;
    }
  }
}

// Whoever reconciles again and again asks for it as `teller reconcile` does once.
TEST_F(ReconcilerTest, ADeliveryWithoutItsFileIsADifferenceWhereItIsAskedFor) {
  DeliveryRow row;
  row.number = 1;
  row.source = "Rill County";
  row.act = "update";
  ASSERT_TRUE(store.put_delivery(row, {}).value_or(false));
  ASSERT_TRUE(store.put_delivered(1, {}, 0, 1'000'000).value_or(false));

  EXPECT_EQ(others(run()), Lines{});
  const auto asked = reconciler->run({.deliveries = true});

  ASSERT_TRUE(asked) << to_text(asked.error());
  EXPECT_EQ(asked->lines.back().what, "deliveries = kept files");
  EXPECT_EQ(asked->lines.back().agreement, Agreement::differs);
}

TEST_F(ReconcilerTest, AQuickPassSaysWhatItDidNotLookAt) {
  const auto result = reconciler->run({});
  ASSERT_TRUE(result);
  EXPECT_EQ(others(*result), (Lines{std::string(recorded) + ": not looked at",
                                    "inbox = recorded + refused: not looked at"}));
}

// What waits in the journal is recorded and not yet counted: no difference, and it is counted
// later.
TEST_F(ReconcilerTest, EntriesThatWaitAreNoDifference) {
  EXPECT_TRUE(run().good());
  for (std::uint32_t n = 20; n < 40; ++n) vote(n);
  EXPECT_EQ(others(run()), Lines{});
  count();
  EXPECT_EQ(others(run()), Lines{});
}

TEST_F(ReconcilerTest, AJournalThatIsNotTheOneThatWasCountedIsFound) {
  MemoryJournal shorter{2};
  Reconciler::Parts with = parts();
  with.journal = &shorter;
  reconciler = std::make_unique<Reconciler>(with);
  EXPECT_EQ(others(run()),
            (Lines{"journal = recorded: DIFFERS", std::string(recorded) + ": DIFFERS"}));
}

TEST_F(ReconcilerTest, ASegmentThatIsGoneIsFound) {
  MemorySegments empty;
  Reconciler::Parts with = parts();
  with.segments = &empty;
  reconciler = std::make_unique<Reconciler>(with);
  EXPECT_EQ(others(run()), Lines{"log = store: DIFFERS"});
}

// Each figure of the file: the votes together, a counter, an option.
TEST_F(ReconcilerTest, AChangedFileIsFoundAndNamed) {
  const fs::path file = folder / "out" / "options.json";
  const std::string good = *read_file(file);
  for (const auto& [figure, place] : {std::pair{"\"votes\": 20", good.find("\"votes\": 20")},
                                      {"\"value\": 20", good.find("\"value\": 20")},
                                      {"\"votes\": 20", good.rfind("\"votes\": 20")}}) {
    ASSERT_NE(place, std::string::npos) << good;
    std::string text = good;
    text[place + std::string_view(figure).size() - 1] = '1';
    ASSERT_TRUE(write_file(file, as_bytes(text)));
    const Reconciliation result = run();
    EXPECT_EQ(others(result), Lines{"static files = store: DIFFERS"});
    // The figure, and that the file is not what was written.
    ASSERT_EQ(result.differences.size(), 2U) << figure;
    EXPECT_NE(result.differences[0].where.find("20 in the store, 21 there"), std::string::npos)
        << result.differences[0].where;
  }
}

// Whoever reads the board may not know yet how many votes there are.
TEST_F(ReconcilerTest, WhatTheBoardIsToldNamesWhatDiffersAndHoldsNoFigure) {
  ASSERT_TRUE(record_reconciliation(store, run(), clock));
  auto kept = store.last_reconciliation();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ(**kept, (ReconciliationRow{.at_us = (*kept)->at_us, .commit = store.head()->commit}));

  const fs::path file = folder / "out" / "options.json";
  std::string text = *read_file(file);
  text.replace(text.rfind("\"votes\": 20"), 11, "\"votes\": 21");
  ASSERT_TRUE(write_file(file, as_bytes(text)));
  const auto result = reconciler->run({});
  ASSERT_TRUE(result);
  ASSERT_TRUE(record_reconciliation(store, *result, clock));
  kept = store.last_reconciliation();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->differences, 1U);
  EXPECT_EQ((*kept)->differs, "static files = store");
  EXPECT_EQ((*kept)->not_looked_at, std::string(recorded) + ", inbox = recorded + refused");
}

TEST_F(ReconcilerTest, EveryMessageOfTheInboxHasOneFate) {
  vote(50, 0);
  refuse(1);
  vote(51, 2);
  vote(51, 2);  // Taken again after a crash: a duplicate, one message.
  refuse(1);
  dealt_with = 3;
  count();
  const Reconciliation all = run();
  EXPECT_EQ(others(all), Lines{});
  EXPECT_EQ(all.refused, (std::map<std::string, std::uint64_t>{{"entry.json.syntax", 1}}));
  ASSERT_TRUE(record_reconciliation(store, all, clock));
  EXPECT_EQ((*store.last_reconciliation())->refused, all.refused);

  dealt_with = 4;  // And 3 is nowhere.
  const Reconciliation lost = run();
  EXPECT_EQ(others(lost), Lines{"inbox = recorded + refused: DIFFERS"});
  EXPECT_EQ(
      lost.differences.at(0).where,
      "inbox partition 3: 1 messages were neither recorded nor refused, the first at offset 3");
  vote(52, 3);
  EXPECT_EQ(others(run()), Lines{}) << "recorded and not yet counted is a fate";
  refuse(0);
  EXPECT_EQ(run().differences.at(0).where,
            "inbox partition 3: 1 messages were recorded and refused, the first at offset 0");
}

// An older copy of the store under a reconciler that runs: nothing it has added up may be kept.
TEST_F(ReconcilerTest, AStoreThatWentBackIsFound) {
  EXPECT_TRUE(run().good());
  MemoryStore older;
  ASSERT_TRUE(older.create(home->rules, home->presentation, home->count));
  Reconciler::Parts with = parts();
  with.store = &older;
  reconciler = std::make_unique<Reconciler>(with);
  EXPECT_EQ(others(run()), Lines{"static files = store: DIFFERS"});
}

}  // namespace
}  // namespace teller
