#include "store/store_sqlite.h"

#include <atomic>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/store_contract.h"

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
  admin("delete from schema_files where number = 9");
  for (const bool read_only : {true, false}) {
    const auto reader = SqliteStore::open_file(place.folder / "store.sqlite", read_only);
    ASSERT_TRUE(reader);
    const auto refused = (*reader)->open(count);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.older");
    EXPECT_NE(refused.error().detail.find("delivery_sheets.why of version 9 is there"),
              std::string::npos)
        << refused.error().detail;
  }
}

// A home of an older program: whoever may write brings it up, a reader is told.
TEST_F(SqliteStoreTest, TheTablesOfAnOlderProgramAreBroughtUp) {
  commit({one_vote()});
  for (const auto& [version, by_create] : {std::pair{1, false}, {1, true}, {2, false}, {2, true}}) {
    admin(without_figures);
    admin(
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
