#include "store/store_sqlite.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/each_statement.h"
#include "store/store_contract.h"
#include "store/store_memory.h"

namespace teller {
namespace {

// A file of its own for each test.
struct SqlitePlace {
  SqlitePlace() {
    static std::atomic<int> made{0};
    folder = fmt::format("{}/teller-sqlite-{}-{}", testing::TempDir(), ::getpid(), ++made);
    std::filesystem::create_directories(folder);
  }
  ~SqlitePlace() { std::filesystem::remove_all(folder); }
  SqlitePlace(const SqlitePlace&) = delete;
  SqlitePlace& operator=(const SqlitePlace&) = delete;

  [[nodiscard]] std::shared_ptr<Store> owner() const {
    auto store = SqliteStore::make_file(folder / "store.sqlite");
    EXPECT_TRUE(store) << to_text(store.error());
    return store ? std::move(*store) : nullptr;
  }

  std::filesystem::path folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqlitePlace);

class SqliteStoreTest : public StoreContract<SqlitePlace> {
 protected:
  void admin(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((place.folder / "store.sqlite").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  std::int64_t number_of(const char* sql) {
    sqlite3* db = nullptr;
    sqlite3_stmt* select = nullptr;
    EXPECT_EQ(sqlite3_open((place.folder / "store.sqlite").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(db, sql, -1, &select, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    EXPECT_EQ(sqlite3_step(select), SQLITE_ROW);
    const std::int64_t number = sqlite3_column_int64(select, 0);
    sqlite3_finalize(select);
    sqlite3_close(db);
    return number;
  }
};

TEST_F(SqliteStoreTest, NamesThatWereExchangedAreFoundByRowAndValue) {
  commit({one_vote()});
  admin("update options set name = 'Somebody else' where contest = 0 and slot = 0");
  finds_the_exchanged_name();
}

TEST_F(SqliteStoreTest, PointsOverTimeAreReadRowByRow) {
  commit({one_vote()});
  const std::vector<std::string> points = told(timeline_table());
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0], fmt::format("1 0 0 {} 1 number", now_us));
}

TEST_F(SqliteStoreTest, AStoreIsNotTakenForAnOlderOne) {
  admin("drop view pub_presentation; delete from schema_files where number >= 10");
  for (const bool read_only : {true, false}) {
    const auto reader = SqliteStore::open_file(place.folder / "store.sqlite", read_only);
    ASSERT_TRUE(reader);
    const auto refused = (*reader)->open(count);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.older");
    EXPECT_NE(refused.error().detail.find("decisions.action of version 10 is there"),
              std::string::npos)
        << refused.error().detail;
  }
}

TEST_F(SqliteStoreTest, ACellOfAnotherTypeIsNamedAndNeverReadAsItsBeginning) {
  commit({one_vote()});
  ASSERT_EQ(otherwise(*store), std::vector<std::string>());
  admin("update totals set value = cast('1e3' as blob) where slot = 0");
  const auto read = store->snapshot();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "store.definition");
  EXPECT_NE(read.error().detail.find("totals contest 0 slot 0 unit "), std::string::npos)
      << read.error().detail;
  EXPECT_TRUE(read.error().detail.ends_with(", value: bytes where a whole number belongs"))
      << read.error().detail;
  admin("update totals set value = 1 where slot = 0");
  EXPECT_TRUE(store->snapshot());

  // Of what we do not read ourselves: the views do.
  admin("update contest_totals set value = 1.5 where slot = 0");
  admin("update timeline set how = cast('number' as blob)");
  admin("pragma ignore_check_constraints = on; update head set commit_number = '1 of 9'");
  const std::vector<std::string> found = otherwise(*store);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0],
            "contest_totals contest 0 slot 0, value: a fraction where a whole number belongs");
  EXPECT_EQ(found[1], "head only_row 1, commit_number: text where a whole number belongs");
  EXPECT_EQ(found[2], "timeline commit_number 1 contest 0 slot 0, how: bytes where text belongs");
  EXPECT_FALSE(store->head());
  const auto checked = check_definition(rules, presentation, count, *store);
  ASSERT_TRUE(checked) << to_text(checked.error());
  EXPECT_EQ(std::vector(checked->differences.begin(), checked->differences.begin() + 4), found);
}

// Text sorts above every number: asked for those behind it, it comes again.
TEST_F(SqliteStoreTest, AStatementWhoseNumberIsTextIsReadByNobodyForEver) {
  for (std::uint64_t n = 0; n < 3; ++n) {
    ASSERT_TRUE(store->put_statement({.number = n, .bytes = {'{'}, .checkpoint = ""}));
  }
  admin("update statements set number = '1 of 900' where number = 1");
  int read = 0;
  const auto all = for_each_statement(
      *store, 0,
      [&](const StatementRow&) -> Result<void> {
        return ++read < 1'000 ? Result<void>() : fail(Remedy::stop, "store.io", "read for ever");
      },
      1);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, "store.definition") << to_text(all.error());
}

TEST_F(SqliteStoreTest, BytesOfAnotherSizeAreNotCutToTheirOwn) {
  admin("update partitions set root = cast(root || x'00' as blob) where partition = 1");
  const auto rows = store->partitions();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, "store.definition");
  EXPECT_TRUE(
      rows.error().detail.ends_with("partitions partition 1, root: 33 bytes where 32 belong"))
      << rows.error().detail;
}

// A view that shows something else, what changes what is written, what else lies there.
TEST_F(SqliteStoreTest, WhatTheStoreIsMadeOfIsHeldByItsText) {
  commit({one_vote()});
  admin(
      "drop view pub_timeline; create view pub_timeline as select 1 as votes;"
      "drop index steps_by_commit;"
      "create trigger more after update on totals begin select 1; end;"
      "create table other (one); create view pub_more as select 1 as one;"
      "alter table falls add column other text;"
      "drop view heard; create view heard as\nselect c.contest -- a comment\n from cells c");
  EXPECT_EQ(otherwise(*store), (std::vector<std::string>{
                                   "table other: this program makes none of that name",
                                   "trigger more: this program makes none of that name",
                                   "view pub_more: this program makes none of that name",
                                   "index steps_by_commit: it is not there",
                                   "table falls: it is not as this program makes it",
                                   "view heard: it is not as this program makes it",
                                   "view pub_timeline: it is not as this program makes it",
                               }));
}

// Their views are made of others, which have the names of before.
TEST_F(SqliteStoreTest, ACountThatIsHeldBackUntilTheCloseIsHeldAsItIsMade) {
  CountFile held = count;
  held.id.bytes.fill(9);
  held.publication = "after_close";
  held.seal();
  SqlitePlace another;
  const auto owner = another.owner();
  ASSERT_TRUE(owner->create(rules, presentation, held));
  EXPECT_EQ(otherwise(*owner), std::vector<std::string>());
}

TEST_F(SqliteStoreTest, ACountThatPublishesItsResultAloneHasNoRowInAViewAndIsHeldAsItIsMade) {
  CountFile held = count;
  held.id.bytes.fill(9);
  held.publication = "certified";
  held.small_units = 10;
  held.seal();
  SqlitePlace another;
  const auto owner = another.owner();
  ASSERT_TRUE(owner->create(rules, presentation, held));
  EXPECT_EQ(otherwise(*owner), std::vector<std::string>());
}

// Several partitions move one total in one commit, also down and to nothing: the rows are those of
// the store that takes each change by itself.
TEST_F(SqliteStoreTest, ChangesOfACommitTogetherAreWhatTheyAreOneByOne) {
  std::mt19937_64 random(1);
  MemoryStore plain;
  ASSERT_TRUE(plain.create(rules, presentation, count));
  std::array<std::int64_t, ContractElection::partitions> sheets{};
  for (int n = 0; n < 60; ++n) {
    std::vector<Bytes> changes;
    for (std::uint16_t i = 0; i < ContractElection::partitions; ++i) {
      if (random() % 4 == 0) continue;
      ContractPartition& next = partition[i];
      for (auto votes = random() % 3; votes > 0; --votes) {
        next.ballots(random() % 2 == 0 ? ContractElection::north_1 : ContractElection::north_2,
                     random() % 2 == 0 ? ContractElection::ada : ContractElection::bell, 1);
      }
      // Figures of sheets go up and down; each partition takes back no more than it gave.
      const std::int64_t by =
          static_cast<std::int64_t>(random() % 9) - std::min<std::int64_t>(4, sheets[i]);
      sheets[i] += by;
      next.add({ContractElection::council, ContractElection::cruz, ContractElection::south,
                ContractElection::postal},
               {by, 0, 0});
      changes.push_back(encode(next.step()));
    }
    now_us += 1'000'000;
    const auto here = store->commit(changes, now_us), there = plain.commit(changes, now_us);
    ASSERT_TRUE(here && there);
    ASSERT_EQ(here->commit, there->commit);
    expect_same(snapshot(), *plain.snapshot());
  }
}

// A commit that moves most of the totals goes over their table once, and the others look for their rows.
TEST_F(SqliteStoreTest, ManyTotalsMoveInOneGoAsFewDoOneByOne) {
  many_and_few_totals_move([&] {
    ASSERT_EQ(number_of("select count(*) from (select * from contest_heard except "
                        "select * from contest_heard_anew)"),
              0);
  });
}

// A home of an older program: whoever may write brings it up, a reader is told.
TEST_F(SqliteStoreTest, TheTablesOfAnOlderProgramAreBroughtUp) {
  commit({one_vote()});
  for (const auto& [version, by_create] : {std::pair{1, false}, {1, true}, {2, false}, {2, true}}) {
    admin(without_figures);
    admin(
        "drop view pub_presentation; drop view pub_decisions; drop table decisions;"
        "drop view pub_reconcile; drop table reconciliation;"
        "drop table delivery_sheets; drop table deliveries;"
        "delete from schema_files where number = 3");
    if (version == 1) {
      admin(
          "drop view pub_incidents; drop table replays; drop table audit_checkpoints;"
          "drop table audit; drop table schema_files;"
          "create view pub_incidents as select partition, position, place, outcome, reason,"
          " lower(hex(leaf)) as leaf, commit_number from incidents");
    }
    auto reader = SqliteStore::open_file(place.folder / "store.sqlite", true);
    ASSERT_TRUE(reader);
    const auto told = (*reader)->open(count);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, "store.older");

    const auto owner = place.owner();
    const auto opened = by_create ? owner->create(rules, presentation, count) : owner->open(count);
    ASSERT_TRUE(opened) << to_text(opened.error());
    EXPECT_TRUE(owner->put_audit({0, {'a'}}, {}));
    EXPECT_TRUE(owner->put_reconciliation({}));
    EXPECT_TRUE((*reader)->open(count));
    EXPECT_EQ(ada_in_school(), 1);
    admin("select replayed from pub_incidents");
  }
  admin("insert into schema_files values (99)");
  const auto newer = place.owner()->open(count);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, "store.newer");
}

}  // namespace
}  // namespace teller
