// What the servers' own programs do with a count that is published after the close of voting, on the throw-away PostgreSQL of
// tests/postgres_fixture.sh: nothing leaves before the close, and that nothing has left is no difference.
#include "operate/reconciler_service.h"

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "base/ed25519.h"
#include "publish/status.h"
#include "store/store_views.h"
#include "testing/home_on_disk.h"
#include "testing/postgres_place.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class AfterClosePostgresTest : public testing::Test {
 protected:
  static Ed25519Pair officers_key() { return Ed25519Pair(Ed25519Seed{7}); }

  void SetUp() override {
    NewCount wanted;
    wanted.rules = example::rules().bytes();
    wanted.rules_name = "rules.json";
    wanted.partitions = 2;
    wanted.publication = "after_close";
    wanted.officers = {{"a.huber", OfficerRole::tabulation, officers_key().key()}};
    wanted.approvals = 1;
    const auto made = make_home(folder / "home", wanted);
    ASSERT_TRUE(made) << to_text(made.error());
    home_of.emplace(folder / "home");
    fs::remove(home().store());
    ASSERT_TRUE(place.owner()->create(home().rules, home().presentation, home().count));
    writer.emplace(place.as("teller_writer"));
    publisher.emplace(place.as("teller_publisher"));
    ASSERT_TRUE(writer->open(home().count));
    ASSERT_TRUE(publisher->open(home().count));
  }
  [[nodiscard]] const Home& home() const { return *home_of->home; }
  [[nodiscard]] Config config() const {
    Config of;
    of.count.home = home().path;
    of.segments.directory = home().segments();
    of.published.directory = home().published();
    of.postgres = Config::Postgres{.conninfo = postgres_server() + " dbname=" + place.name,
                                   .identities = {},
                                   .passfiles = folder.path()};
    return of;
  }
  void record(std::uint16_t partition, Bytes record) {
    std::promise<bool> done;
    home_of->journal->append(partition, std::move(record), [&](const Result<Position>& position) {
      done.set_value(position.has_value());
    });
    ASSERT_TRUE(done.get_future().get());
  }
  // In every partition below `partitions`.
  void decide(Control::Action action, std::uint32_t number, std::uint16_t partitions = 2) {
    for (std::uint16_t partition = 0; partition < partitions; ++partition) {
      Control control;
      control.action = action;
      control.reason = "the board of elections decided so";
      control.partition = partition;
      control.number = number;
      const EntryId id = example::id(1'000 + number * 10 + partition);
      control.signatures.push_back(
          {"a.huber", officers_key().sign(signed_bytes(id, control, home().count.id))});
      RecordBuilder of(home().count.id, partition);
      ASSERT_TRUE(of.add(id, encode(Entry{id, control}, home().count.id), {}));
      record(partition, of.finish());
    }
  }
  void vote(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t n = from; n < to; ++n) {
      auto [partition, bytes] = record_of_ballot(home().count, n);
      record(partition, std::move(bytes));
    }
  }
  // Counts what is recorded, as the Spark driver would, and publishes as `teller publish` does.
  Publisher::Pass count_and_publish() {
    auto engine = Engine::start({.home = &home(),
                                 .journal = home_of->journal.get(),
                                 .segments = home_of->segments.get(),
                                 .store = &*writer,
                                 .clock = &home_of->clock,
                                 .failed = {},
                                 .noted = {}});
    EXPECT_TRUE(engine) << to_text(engine.error());
    if (engine) {
      EXPECT_TRUE((*engine)->drain());
    }
    Publisher once(home().definition(), home().presentation, *publisher, *home_of->signer);
    once.add(std::make_unique<StaticFilesSink>(home().published(), home().rules, home().count));
    auto pass = once.run_once();
    EXPECT_TRUE(pass) << to_text(pass.error());
    return pass ? *pass : Publisher::Pass{};
  }
  // How the places of readers agree, in the order of the lines.
  std::vector<Agreement> readers() {
    auto reconciler = ServiceReconciler::open(config(), {});
    EXPECT_TRUE(reconciler) << to_text(reconciler.error());
    if (!reconciler) return {};
    const auto result = (*reconciler)->run({.totals = true});
    EXPECT_TRUE(result) << to_text(result.error());
    if (!result) return {};
    EXPECT_TRUE(result->good()) << result->differences.front().what << ": "
                                << result->differences.front().where;
    std::vector<Agreement> found;
    for (const ReconcileLine& line : result->lines) {
      if (line.what == "static files = store" || line.what == "pub_* views = store") {
        found.push_back(line.agreement);
      }
    }
    return found;
  }

  TestFolder folder;
  PostgresPlace place;
  std::optional<TestHome> home_of;
  std::optional<PostgresStore> writer, publisher;
};

TEST_F(AfterClosePostgresTest, NothingIsPublishedBeforeTheCloseAndEverythingAfterIt) {
  using enum Agreement;
  const auto home_there = Home::open(config());
  ASSERT_TRUE(home_there) << "the servers take such a count: " << to_text(home_there.error());
  decide(Control::Action::open, 1);
  vote(0, 20);
  const auto before = count_and_publish();
  EXPECT_TRUE(before.held_back);
  EXPECT_TRUE(before.stated) << "kept in the store, so that it can be proved afterwards";
  EXPECT_FALSE(fs::exists(home().published() / "head.json"));
  EXPECT_EQ(may_publish(home().count, *publisher).error().code, "publication.before_close");
  EXPECT_EQ(readers(), (std::vector{not_looked_at, not_looked_at}));

  decide(Control::Action::close, 2, 1);
  EXPECT_TRUE(count_and_publish().held_back) << "one partition is open";
  EXPECT_EQ(readers(), (std::vector{not_looked_at, not_looked_at}));

  decide(Control::Action::close, 2);
  EXPECT_FALSE(count_and_publish().held_back);
  EXPECT_TRUE(fs::exists(home().published() / "head.json"));
  EXPECT_EQ(readers(), (std::vector{same, same}));
  const auto views =
      read_back_postgres(place.as("teller_reader"), home().count.id, home().rules, true);
  ASSERT_TRUE(views) << to_text(views.error());
  EXPECT_FALSE(views->totals.empty());
}

// Whoever may write the tables may write a decision, and not an officer's signature.
TEST_F(AfterClosePostgresTest, ACloseThatNobodySignedOpensNoProgram) {
  decide(Control::Action::open, 1);
  vote(0, 4);
  (void)count_and_publish();
  place.admin(
      "insert into teller.decisions select partition, 99, 0, 1, 'close', 2, reason, officers, "
      "statement, entry from teller.decisions where action = 'open'");
  EXPECT_TRUE(is_held_back(home().count, *publisher).value());
}

}  // namespace
}  // namespace teller
