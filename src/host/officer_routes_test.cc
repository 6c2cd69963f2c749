// What persons ask of the service, with two processes before one PostgreSQL, each as the account of `teller api`.
// The journal and the counting are those of the embedded form, in memory.
#include "host/officer_routes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "decide/decision_id.h"
#include "engine/engine.h"
#include "http/http_client.h"
#include "journal/journal_memory.h"
#include "log/segments_memory.h"
#include "operate/audit.h"
#include "store/store_postgres_turn.h"
#include "testing/example_election.h"
#include "testing/folder.h"
#include "testing/postgres_place.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

class OfficerRoutesPostgresTest : public testing::Test {
 protected:
  // A `teller api`, as far as persons go.
  struct Process {
    Process(const OfficerRoutesPostgresTest& test, Engine& engine)
        : store(test.place.as("teller_deliverer"), {}, AuditLines::of_requests),
          turn(test.place.as("teller_deliverer"), TurnAt::decisions),
          recorder(test.home->count, engine.journal()),
          outcomes(OutcomeReader::Parts{.definition = test.home->definition(),
                                        .journal = &engine.journal(),
                                        .store = &store,
                                        .segments = &test.segments}),
          routes(OfficerRoutes::Parts{
              .home = test.home.get(),
              .store = &store,
              .recorder = &recorder,
              .outcomes = &outcomes,
              .approvals = &store,
              .clock = &test.clock,
              .counted = [&engine] { return engine.drain(); },
              .stop = [] { return false; },
              .elsewhere = [](const std::string&, const std::function<void()>& work) { work(); },
              .patience = std::chrono::hours(24),
              .turn = [this] { return turn.take(10s, {}); }}) {
      EXPECT_TRUE(store.open(test.home->count));
      HttpRouter router;
      routes.add(router);
      HttpServerOptions options;
      options.person_of = [this](std::string_view shown) { return routes.person_of(shown); };
      auto started = HttpServer::start(std::move(options), std::move(router));
      EXPECT_TRUE(started) << to_text(started.error());
      server = std::move(*started);
    }
    PostgresStore store;
    PostgresTurn turn;
    Recorder recorder;
    OutcomeReader outcomes;
    OfficerRoutes routes;
    std::unique_ptr<HttpServer> server;
  };

  void SetUp() override {
    NewCount wanted;
    for (const char* name : {"a.huber", "b.meier"}) {
      keys.push_back(*OfficerKey::make(name, OfficerRole::tabulation));
      wanted.officers.push_back(keys.back().officer());
    }
    wanted.rules = example::rules().bytes();
    wanted.rules_name = "rules.json";
    wanted.partitions = 2;
    wanted.step = {5ms, 1, 1000};
    auto made = make_home(folder / "home", wanted);
    ASSERT_TRUE(made) << to_text(made.error());
    home = std::move(*made);
    const auto owner = place.owner();
    ASSERT_TRUE(owner->create(home->rules, home->presentation, home->count));
    ASSERT_TRUE(
        write_audit(home->count, *owner, clock,
                    {.actor = "office", .action = "init", .subject = "count", .reason = "made"}));
    writer.emplace(place.as("teller_writer"));
    ASSERT_TRUE(writer->open(home->count));
    auto started = Engine::start({.home = home.get(),
                                  .journal = &journal,
                                  .segments = &segments,
                                  .store = &*writer,
                                  .clock = &clock,
                                  .failed = {},
                                  .noted = {}});
    ASSERT_TRUE(started) << to_text(started.error());
    engine = std::move(*started);
    one.emplace(*this, *engine);
    other.emplace(*this, *engine);
  }

  // The file of a new token.
  std::string token(const std::string& name, OfficerRole role) const {
    const auto made =
        make_person_token(home->officers(), home->count, name, role, 1, clock.now_us(),
                          [](const PersonToken&) { return Result<void>{}; });
    EXPECT_TRUE(made) << to_text(made.error());
    const std::string file = (folder / (name + ".token")).string();
    EXPECT_TRUE(write_file(file, as_bytes(made->text + "\n")));
    return file;
  }
  static std::pair<unsigned, Json> ask(const Process& process, const std::string& token,
                                       const char* method, const char* path,
                                       const std::string& body = "") {
    auto client = HttpClient::open({.url = process.server->url(), .token_file = token});
    EXPECT_TRUE(client);
    const auto answer = client->request(method, path, body, {{"Content-Type", "application/json"}});
    EXPECT_TRUE(answer) << to_text(answer.error());
    return {answer->status, Json::parse(answer->body, nullptr, false)};
  }
  [[nodiscard]] Decision to_open() const {
    Decision decision;
    decision.count = home->count.id;
    decision.reason = "Polls open";
    Control control;
    control.reason = decision.reason;
    control.number = 1;
    for (std::uint16_t i = 0; i < home->count.partitions; ++i) {
      control.partition = i;
      decision.entries.push_back({new_decision_id(), control});
    }
    return decision;
  }
  [[nodiscard]] std::string by(Decision decision, std::size_t officer) const {
    EXPECT_TRUE(sign(decision, keys.at(officer)));
    return to_text(decision);
  }

  TestFolder folder;
  PostgresPlace place;
  SystemClock clock;
  std::unique_ptr<Home> home;
  std::vector<OfficerKey> keys;
  MemoryJournal journal{2};
  mutable MemorySegments segments;
  std::optional<PostgresStore> writer;
  std::unique_ptr<Engine> engine;
  std::optional<Process> one, other;
};

TEST_F(OfficerRoutesPostgresTest, ADecisionThatWaitsAtOneProcessIsSignedAtTheOtherOne) {
  const std::string huber = token("a.huber", OfficerRole::tabulation);
  const std::string meier = token("b.meier", OfficerRole::tabulation);
  const Decision decision = to_open();
  const auto first = ask(*one, huber, "POST", "/v1/officer/decisions", by(decision, 0));
  ASSERT_EQ(first.first, 202U) << first.second;
  const auto seen = ask(*other, meier, "GET", "/v1/officer/approvals").second["approvals"];
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["officers"], Json::array({"a.huber"}));
  EXPECT_EQ(seen[0]["sent_by"], "a.huber");
  const std::string path = "/v1/officer/approvals/" + seen[0]["approval"].get<std::string>();
  EXPECT_EQ(ask(*other, meier, "GET", path.c_str()).second["signatures"][0]["officer"], "a.huber");

  const auto second = ask(*other, meier, "POST", "/v1/officer/decisions", by(decision, 1));
  ASSERT_EQ(second.first, 200U) << second.second;
  EXPECT_EQ(second.second["became"], "counted");
  EXPECT_EQ(second.second["officers"], Json::array({"a.huber", "b.meier"}));
  EXPECT_TRUE(ask(*one, huber, "GET", "/v1/officer/approvals").second["approvals"].empty());
  const auto again = ask(*one, huber, "POST", "/v1/officer/decisions", by(decision, 0));
  EXPECT_EQ(again.second["again"], true) << again.second;
  EXPECT_EQ(ask(*one, huber, "GET", "/v1/officer/me").second["stage"], "open");
}

TEST_F(OfficerRoutesPostgresTest, EveryRefusalLeavesALineOfTheChain) {
  const std::string auditor = token("c.auer", OfficerRole::auditor);
  const std::string huber = token("a.huber", OfficerRole::tabulation);
  const Decision decision = to_open();
  for (const auto* process : {&*one, &*other}) {
    const auto refused = ask(*process, auditor, "POST", "/v1/officer/decisions", by(decision, 0));
    EXPECT_EQ(refused.first, 403U) << refused.second;
    EXPECT_EQ(refused.second["error"]["code"], "officer.not_allowed");
    EXPECT_EQ(ask(*process, huber, "GET", "/v1/officer/audit").first, 403U);
  }
  const auto lines = ask(*other, auditor, "GET", "/v1/officer/audit").second["lines"];
  ASSERT_EQ(lines.size(), 5U) << lines;  // With the first one, of the office.
  for (std::size_t i = 1; i < lines.size(); ++i) EXPECT_EQ(lines[i]["action"], "refused");
  EXPECT_EQ(lines[1]["actor"], "c.auer");
  EXPECT_EQ(lines[1]["subject"], "decide open");
  const auto owner = place.owner();
  const auto all = all_audit_lines(*owner);
  ASSERT_TRUE(all) << to_text(all.error());
  EXPECT_TRUE(verify_audit(home->count, *all, {}).good());
  EXPECT_EQ(ask(*one, huber, "GET", "/v1/officer/approvals").second["approvals"], Json::array());
}

}  // namespace
}  // namespace teller
