// Sheets that two people type at two processes before one PostgreSQL, each as the account of `teller api`. The journal and
// the counting are those of the embedded form, in memory; tests/embedded/test_entering_twice.py asks the rest of that form.
#include "host/entering_routes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "engine/engine.h"
#include "gateway/recorder_sender.h"
#include "http/http_client.h"
#include "journal/journal_memory.h"
#include "log/segments_memory.h"
#include "operate/audit.h"
#include "store/store_postgres_turn.h"
#include "testing/folder.h"
#include "testing/postgres_place.h"
#include "testing/rules_with.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using TypedJson = nlohmann::json;

class EnteringRoutesPostgresTest : public testing::Test {
 protected:
  // A `teller api`, as far as typed sheets go. `delivers`: it does so at once; otherwise it dies before it does.
  struct Process {
    Process(EnteringRoutesPostgresTest& of, bool delivers)
        : test(of),
          store(as_deliverer(), {}, AuditLines::of_requests),
          turn(as_deliverer()),
          decide_turn(as_deliverer(), TurnAt::decisions),
          sheet_turn(as_deliverer(), TurnAt::sheets),
          ready_turn(as_deliverer(), TurnAt::ready_sheets),
          recorder(of.home->count, of.engine->journal()),
          sender(of.home->definition(), recorder, "delivery", 10s, [] { return false; }),
          outcomes(OutcomeReader::Parts{.definition = of.home->definition(),
                                        .journal = &of.engine->journal(),
                                        .store = &store,
                                        .segments = &of.segments}),
          officers(OfficerRoutes::Parts{
              .home = of.home.get(),
              .store = &store,
              .recorder = &recorder,
              .outcomes = &outcomes,
              .approvals = &store,
              .clock = &of.clock,
              .counted = [&of] { return of.engine->drain(); },
              .stop = [] { return false; },
              .elsewhere = [](const std::string&, const std::function<void()>& work) { work(); },
              .patience = std::chrono::hours(24),
              .turn = [this] { return decide_turn.take(10s, {}); }}),
          deliverer(Deliverer::Parts{.definition = of.home->definition(),
                                     .store = &store,
                                     .segments = &of.segments,
                                     .sender = &sender,
                                     .clock = &of.clock,
                                     .counted = [&of] { return of.engine->drain(); },
                                     .turn = [this] { return turn.take(10s, {}); }}),
          entering(EnteringRoutes::Parts{
              .home = of.home.get(),
              .officers = &officers,
              .rows = &store,
              .deliverer = &deliverer,
              .clock = &of.clock,
              .checks = &of.checks,
              .stage = []() -> Result<Stage> { return Stage::open; },
              .event = [&of](const Event& event) { of.events.push_back(event.text()); },
              .turn = [this] { return sheet_turn.take(10s, {}); },
              .delivery_turn = [this] { return ready_turn.take(10ms, {}); },
              .deliver_soon = delivers ? std::function<void()>() : [] {},
              .patience = 0ms}) {
      EXPECT_TRUE(store.open(of.home->count));
      HttpRouter router;
      officers.add(router);
      entering.add(router);
      HttpServerOptions options;
      options.person_of = [this](std::string_view shown) { return officers.person_of(shown); };
      auto started = HttpServer::start(std::move(options), std::move(router));
      EXPECT_TRUE(started) << to_text(started.error());
      server = std::move(*started);
    }
    [[nodiscard]] std::string as_deliverer() const { return test.place.as("teller_deliverer"); }

    EnteringRoutesPostgresTest& test;
    PostgresStore store;
    PostgresTurn turn, decide_turn, sheet_turn, ready_turn;
    Recorder recorder;
    RecorderSender sender;
    OutcomeReader outcomes;
    OfficerRoutes officers;
    Deliverer deliverer;
    EnteringRoutes entering;
    std::unique_ptr<HttpServer> server;
  };

  void SetUp() override {
    NewCount wanted;
    wanted.rules = rules_with(R"([{"id": "mayor", "name": "Mayor", "kind": "plurality",
      "counted_from": "sheets", "options": [{"id": "ada"}, {"id": "bell"}]}])")
                       .bytes();
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
    for (const auto& [name, role] :
         {std::pair{"c.one", OfficerRole::clerk}, std::pair{"c.two", OfficerRole::clerk},
          std::pair{"a.huber", OfficerRole::tabulation},
          std::pair{"d.auer", OfficerRole::auditor}}) {
      const auto token =
          make_person_token(home->officers(), home->count, name, role, 1, clock.now_us(),
                            [](const PersonToken&) { return Result<void>{}; });
      ASSERT_TRUE(token) << to_text(token.error());
      ASSERT_TRUE(write_file(token_of(name), as_bytes(token->text + "\n")));
    }
  }
  [[nodiscard]] std::filesystem::path token_of(const std::string& name) const {
    return folder / (name + ".token");
  }

  std::pair<unsigned, TypedJson> ask(const Process& process, const std::string& name,
                                     const char* method, const std::string& path,
                                     const TypedJson& body = {}) const {
    auto client =
        HttpClient::open({.url = process.server->url(), .token_file = token_of(name).string()});
    EXPECT_TRUE(client);
    const auto answer = client->request(method, path, body.is_null() ? "" : body.dump(),
                                        {{"Content-Type", "application/json"}});
    EXPECT_TRUE(answer) << to_text(answer.error());
    return {answer->status, TypedJson::parse(answer->body, nullptr, false)};
  }
  std::pair<unsigned, TypedJson> types(const Process& process, const std::string& name,
                                       const char* unit, std::uint64_t ada) const {
    return ask(process, name, "POST", "/v1/officer/sheets",
               {{"unit", unit}, {"figures", {{"ada", ada}, {"bell", 40}}}});
  }
  [[nodiscard]] std::string step(const Process& process, const char* unit) const {
    const auto told = ask(process, "d.auer", "GET", std::string("/v1/officer/sheets?unit=") + unit);
    EXPECT_EQ(told.first, 200U) << told.second;
    return told.second["sheets"][0]["step"];
  }
  // How often each action stands in the audit log, which is whole.
  [[nodiscard]] std::map<std::string, int> actions() const {
    const auto lines = all_audit_lines(*place.owner());
    EXPECT_TRUE(lines) << to_text(lines.error());
    EXPECT_TRUE(verify_audit(home->count, *lines, {}).good());
    std::map<std::string, int> found;
    for (const auto& line : *lines) ++found[parse_audit_line(as_text(line.bytes))->action];
    return found;
  }

  TestFolder folder;
  PostgresPlace place;
  SystemClock clock;
  CheckRules checks = default_check_rules();
  std::unique_ptr<Home> home;
  MemoryJournal journal{2};
  MemorySegments segments;
  std::vector<std::string> events;
  std::optional<PostgresStore> writer;
  std::unique_ptr<Engine> engine;
};

TEST_F(EnteringRoutesPostgresTest, WhatWasTypedAtOneProcessIsTypedAgainAtTheOtherOneAndDelivered) {
  Process one(*this, true), other(*this, true);
  EXPECT_EQ(types(one, "c.one", "north", 73519467).second["step"], "once");
  // Not the same person again, at whichever process; and nobody is told.
  EXPECT_EQ(types(other, "c.one", "north", 73519467).second["error"]["code"],
            "entering.same_person");
  for (const char* name : {"c.one", "c.two", "a.huber", "d.auer"}) {
    for (const char* path : {"/v1/officer/sheets", "/v1/officer/sheet?unit=north"}) {
      EXPECT_EQ(ask(other, name, "GET", path).second.dump().find("73519467"), std::string::npos);
    }
  }
  EXPECT_EQ(step(other, "north"), "once");
  EXPECT_EQ(types(other, "c.two", "north", 73519467).second["step"], "delivered");
  EXPECT_EQ(step(one, "north"), "delivered");
  EXPECT_EQ(one.store.deliveries(1, 10)->size(), 1U);

  // They differ; what an officer sees at one process, nobody types at the other.
  EXPECT_EQ(types(one, "c.one", "south", 60).second["step"], "once");
  EXPECT_EQ(types(other, "c.two", "south", 61).second["step"], "different");
  const auto seen = ask(one, "a.huber", "GET", "/v1/officer/sheet?unit=south");
  EXPECT_EQ(seen.second["fields"][0]["first"], 60) << seen.second;
  const TypedJson keep{{"unit", "south"}, {"do", "keep"}, {"of", "c.two"}, {"reason", "61 on it"}};
  EXPECT_EQ(ask(other, "c.one", "POST", "/v1/officer/sheet", keep).first, 403U);
  EXPECT_EQ(ask(other, "a.huber", "POST", "/v1/officer/sheet", keep).second["step"], "delivered");
  const auto found = actions();
  EXPECT_EQ(found.at("sheet-typed"), 4);
  EXPECT_EQ(found.at("sheet-read"), 1);
  EXPECT_EQ(found.at("sheet-kept"), 1);
  EXPECT_EQ(found.at("sheet-delivered"), 2);
  EXPECT_TRUE(events.empty()) << events.front();
}

TEST_F(EnteringRoutesPostgresTest, WhatIsReadyWhenAProcessDiesIsDeliveredByAnotherOneOnce) {
  std::optional<Process> one(std::in_place, *this, false);
  Process other(*this, true);
  EXPECT_EQ(types(*one, "c.one", "north", 60).second["step"], "once");
  EXPECT_EQ(types(*one, "c.two", "north", 60).second["step"], "ready");
  EXPECT_TRUE(one->store.deliveries(1, 10)->empty());
  one.reset();
  EXPECT_EQ(step(other, "north"), "ready");
  other.entering.deliver_ready();
  EXPECT_EQ(step(other, "north"), "delivered");
  Process third(*this, true);
  third.entering.deliver_ready();
  EXPECT_EQ(third.store.deliveries(1, 10)->size(), 1U);
  EXPECT_EQ(actions().at("sheet-delivered"), 1);
  EXPECT_TRUE(events.empty()) << events.front();
}

// The delivery was recorded, and nobody wrote down that it was.
TEST_F(EnteringRoutesPostgresTest, WhatWasDeliveredByWhoDiedThenIsDeliveredAsTheSame) {
  Process one(*this, true), other(*this, true);
  types(one, "c.one", "north", 60);
  EXPECT_EQ(types(one, "c.two", "north", 60).second["step"], "delivered");
  EXPECT_EQ(step(other, "north"), "delivered");
  // As it was when it was ready.
  auto sheets = EnteredSheets(one.store, home->rules);
  ASSERT_TRUE(sheets.look());
  EnteredSheet ready = sheets.all().begin()->second;
  ready.brought.reset();
  --ready.changes;
  ASSERT_EQ(sheets.put(ready), Result<bool>(true));
  other.entering.deliver_ready();
  EXPECT_EQ(step(one, "north"), "delivered");
  EXPECT_EQ(one.store.deliveries(1, 10)->size(), 1U);
  EXPECT_TRUE(events.empty()) << events.front();
}

TEST_F(EnteringRoutesPostgresTest, WhoeverDeliversNowIsLeftToIt) {
  Process one(*this, false), other(*this, true);
  types(one, "c.one", "north", 60);
  types(one, "c.two", "north", 60);
  {
    const auto held = one.ready_turn.take(1s, {});
    ASSERT_TRUE(held);
    other.entering.deliver_ready();
    EXPECT_EQ(step(other, "north"), "ready");
  }
  EXPECT_TRUE(events.empty()) << "that is no trouble: " << events.front();
  other.entering.deliver_ready();
  EXPECT_EQ(step(one, "north"), "delivered");
}

TEST_F(EnteringRoutesPostgresTest, ARowThatWasChangedPastUsIsNamedAndNothingIsTold) {
  Process one(*this, true);
  types(one, "c.one", "north", 60);
  place.admin("update teller.entered_sheets set version = sha256('x')");
  for (const auto& [name, method, path, body] :
       {std::tuple{"d.auer", "GET", "/v1/officer/sheets", TypedJson{}},
        std::tuple{"c.two", "POST", "/v1/officer/sheets",
                   TypedJson{{"unit", "south"}, {"figures", {{"ada", 1}, {"bell", 1}}}}}}) {
    const auto told = ask(one, name, method, path, body);
    EXPECT_EQ(told.first, 500U) << told.second;
    EXPECT_EQ(told.second["error"]["code"], "entering.file_invalid");
    EXPECT_NE(told.second["error"]["detail"].get<std::string>().find("entered_sheets, place "),
              std::string::npos);
  }
}

}  // namespace
}  // namespace teller
