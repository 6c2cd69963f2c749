// Backup, restore and recovery with PostgreSQL, on the throw-away server of
// tests/postgres_fixture.sh.
#include "operate/backup_service.h"

#include <gtest/gtest.h>

#include "operate/store_recovery.h"
#include "store/store_views.h"
#include "testing/home_on_disk.h"
#include "testing/postgres_place.h"
#include "verify/verify.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

TEST(RunProgram, SaysWhatAProgramSaid) {
  EXPECT_TRUE(run_program({"true"}));
  const auto failed = run_program({"sh", "-c", "echo out; echo wrong >&2; exit 3"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "program.failed");
  EXPECT_EQ(failed.error().detail, "sh: out\nwrong");
  EXPECT_EQ(run_program({"no-such-program-at-all"}).error().code, "program.failed");
}

// A home whose store is a database of its own.
class BackupPostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    home_of.emplace(folder / "home");
    fs::remove(home_of->home->store());
    ASSERT_TRUE(place->owner()->create(home().rules, home().presentation, home().count));
    config.count.home = home().path;
    config.segments.directory = home().segments();
    config.published.directory = home().published();
    point_at(*place);
  }
  [[nodiscard]] const Home& home() const { return *home_of->home; }

  void point_at(const PostgresPlace& at) {
    config.postgres = Config::Postgres{.conninfo = postgres_server() + " dbname=" + at.name,
                                       .identities = {},
                                       .passfiles = folder.path()};
    writer = std::make_unique<PostgresStore>(at.as("teller_writer"));
    publisher = std::make_unique<PostgresStore>(at.as("teller_publisher"));
  }
  void open() {
    ASSERT_TRUE(writer->open(home().count));
    ASSERT_TRUE(publisher->open(home().count));
  }
  // As TestHome::count(), with this store.
  void count(std::uint32_t from, std::uint32_t to, bool publish = true) {
    auto engine = Engine::start({.home = &home(),
                                 .journal = home_of->journal.get(),
                                 .segments = home_of->segments.get(),
                                 .store = writer.get(),
                                 .clock = &home_of->clock,
                                 .failed = {},
                                 .noted = {}});
    ASSERT_TRUE(engine) << to_text(engine.error());
    for (std::uint32_t n = from; n < to; ++n) {
      auto [partition, record] = record_of_ballot(home().count, n);
      std::promise<void> done;
      (*engine)->journal().append(partition, std::move(record),
                                  [&](Result<Position>) { done.set_value(); });
      done.get_future().get();
    }
    ASSERT_TRUE((*engine)->drain());
    if (publish) {
      ASSERT_TRUE(this->publish());
    }
  }
  Result<Publisher::Pass> publish() {
    Publisher once(home().definition(), home().presentation, *publisher, *home_of->signer);
    once.add(std::make_unique<StaticFilesSink>(home().published(), home().rules, home().count));
    return once.run_once();
  }
  Hash digest() { return digest_of(home().rules.hash(), publisher->snapshot()->totals); }
  std::vector<Committed> committed() {
    std::vector<Committed> all;
    const auto rows = publisher->partitions();
    for (const PartitionRow& row : *rows) all.push_back(row.committed);
    return all;
  }

  TestFolder folder;
  std::unique_ptr<PostgresPlace> place = std::make_unique<PostgresPlace>();
  std::optional<TestHome> home_of;
  Config config;
  std::unique_ptr<PostgresStore> writer, publisher;
};

TEST_F(BackupPostgresTest, AnOlderBackupIsRecoveredToTheSameRoots) {
  open();
  count(0, 11);
  const auto made =
      back_up_service(config, folder / "backup", {.key = false, .made_at = "now", .progress = {}});
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(made->digest, digest());
  for (std::uint32_t n = 11; n < 40; n += 6) count(n, n + 6);
  const Hash stated = digest();
  const std::vector<Committed> roots = committed();
  const auto statements = *publisher->statements(0, 100);

  EXPECT_EQ(restore_service(config, folder / "backup").error().code, "store.exists");
  place = std::make_unique<PostgresPlace>();
  point_at(*place);
  const auto restored = restore_service(config, folder / "backup");
  ASSERT_TRUE(restored) << to_text(restored.error());
  open();
  EXPECT_EQ(digest(), made->digest);
  EXPECT_EQ(committed(), made->partitions);
  EXPECT_TRUE(read_back_postgres(place->as("teller_reader"), home().count.id, home().rules, true))
      << "readers have their rights again";
  EXPECT_EQ(publish().error().code, "log.rollback");

  const auto published = read_published(home().published(), home());
  ASSERT_TRUE(published) << to_text(published.error());
  RecoverParts parts;
  parts.replay = {.home = &home(),
                  .store = writer.get(),
                  .segments = home_of->segments.get(),
                  .journal = home_of->journal.get(),
                  .noted = {}};
  parts.statements = publisher.get();
  parts.signer = home_of->signer.get();
  const auto recovery = recover(parts, *published);
  ASSERT_TRUE(recovery) << to_text(recovery.error());
  EXPECT_EQ(digest(), stated);
  EXPECT_EQ(committed(), roots);
  const auto again = *publisher->statements(0, 100);
  ASSERT_EQ(again.size(), statements.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].bytes, statements[i].bytes);
    EXPECT_EQ(again[i].checkpoint, statements[i].checkpoint);
  }
  count(40, 50);
  const auto verified =
      verify(home().rules, home().count, home().presentation, *publisher, *home_of->segments);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
}

TEST_F(BackupPostgresTest, ADamagedDumpIsNotRestored) {
  open();
  count(0, 5);
  ASSERT_TRUE(
      back_up_service(config, folder / "backup", {.key = false, .made_at = "now", .progress = {}}));
  std::string dump = *read_file(folder / "backup" / "postgres.dump");
  dump[dump.size() / 2] = static_cast<char>(dump[dump.size() / 2] ^ 1);
  ASSERT_TRUE(write_file(folder / "backup" / "postgres.dump", as_bytes(dump)));
  place = std::make_unique<PostgresPlace>();
  point_at(*place);
  EXPECT_EQ(restore_service(config, folder / "backup").error().code, "backup.damaged");
  EXPECT_EQ(writer->open(home().count).error().code, "count.none");
}

}  // namespace
}  // namespace teller
