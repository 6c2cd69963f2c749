// The Elasticsearch sink under the contract, on the real server of stack/stack.sh:
// TELLER_STACK_TOML names its teller.toml. The indices of these tests begin with teller-7e57, which
// the account `tester` may delete.
#include "publish/sink_elasticsearch.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "publish/sink_contract.h"
#include "testing/command.h"

namespace teller {
namespace {

using Json = nlohmann::json;

// `key` of the table [elasticsearch]; the whole reader of teller.toml belongs to a later stage.
std::string configured(const std::string& key) {
  const char* file = std::getenv("TELLER_STACK_TOML");
  EXPECT_NE(file, nullptr) << "start the stack and name its teller.toml in TELLER_STACK_TOML";
  std::ifstream in(file == nullptr ? "/dev/null" : file);
  EXPECT_TRUE(in.good()) << file << " cannot be read; is the stack up? (stack/stack.sh start)";
  bool ours = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("[")) ours = line.starts_with("[elasticsearch]");
    if (!ours || !line.starts_with(key + " ")) continue;
    const std::size_t from = line.find('"') + 1;
    return line.substr(from, line.find('"', from) - from);
  }
  return "";
}

ElasticsearchSink::Server server() {
  return {.url = configured("url"),
          .ca = configured("ca"),
          .user = configured("user"),
          .password_file = configured("password_file")};
}

// Asks as `tester`, by curl, that is: not through what is tested.
Json ask(const std::string& method, const std::string& path, const std::string& body = "") {
  const ElasticsearchSink::Server at = server();
  const std::filesystem::path file =
      fmt::format("{}/teller-curl-{}", testing::TempDir(), ::getpid());
  std::string password = read_file(at.password_file.parent_path() / "elastic.tester").value_or("");
  while (password.ends_with('\n')) password.pop_back();
  const std::string config = "user = \"tester:" + password + "\"\ncacert = \"" + at.ca.string() +
                             "\"\nurl = \"" + at.url + path + "\"\nrequest = " + method +
                             "\nheader = \"Content-Type: application/json\"\nsilent\nshow-error\n";
  EXPECT_TRUE(write_file(file, as_bytes(config), 0600));
  EXPECT_TRUE(write_file(file.string() + ".body", as_bytes(body), 0600));
  std::string command = "curl --config " + file.string();
  if (!body.empty()) command += " --data-binary @" + file.string() + ".body";
  const std::string output = output_of(command);
  std::filesystem::remove(file);
  std::filesystem::remove(file.string() + ".body");
  return Json::parse(output, nullptr, false);
}

struct ElasticsearchPlace {
  static CountId new_count_id() {
    std::random_device random;
    CountId id{{0x7e, 0x57}};
    for (std::size_t i = 2; i < id.bytes.size(); ++i)
      id.bytes[i] = static_cast<std::uint8_t>(random());
    return id;
  }

  explicit ElasticsearchPlace(const CountId& id) : name("teller-" + id.hex().substr(0, 8)) {}
  ~ElasticsearchPlace() {
    // One name each: the server deletes no pattern.
    for (const char* what : {"totals", "options", "units", "incidents", "head"}) {
      (void)ask("DELETE", "/" + name + "-" + what + "?ignore_unavailable=true");
    }
    (void)ask("DELETE", "/audit" + name.substr(name.find('-')) + "?ignore_unavailable=true");
  }
  ElasticsearchPlace(const ElasticsearchPlace&) = delete;
  ElasticsearchPlace& operator=(const ElasticsearchPlace&) = delete;

  [[nodiscard]] std::unique_ptr<Sink> sink(const Rules& rules, const CountFile& count) const {
    return std::make_unique<ElasticsearchSink>(server(), rules, count);
  }

  // The documents of an index whose fields have these values, as search finds them.
  [[nodiscard]] Json find(const std::string& what, const Json& fields) const {
    Json filter = Json::array();
    for (const auto& [key, value] : fields.items()) filter.push_back({{"term", {{key, value}}}});
    const Json query{{"size", 100}, {"version", true}, {"query", {{"bool", {{"filter", filter}}}}}};
    const std::string index =
        what == "audit" ? "audit" + name.substr(name.find('-')) : name + "-" + what;
    const Json found = ask("POST", "/" + index + "/_search", query.dump());
    return found.value("/hits/hits"_json_pointer, Json::array());
  }
  [[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> head() const {
    const Json hits = find("head", Json::object());
    if (hits.empty()) return {};
    const Json& head = hits.at(0).at("_source");
    return std::pair{head.at("commit_number").get<std::uint64_t>(),
                     head.at("statements").get<std::uint64_t>()};
  }
  [[nodiscard]] std::optional<std::int64_t> votes(const std::string& contest,
                                                  const std::string& option) const {
    const Json hits = find("options", {{"contest_id", contest}, {"option_id", option}});
    if (hits.size() != 1) return -1;
    const Json& votes = hits.at(0).at("_source").at("votes");
    return votes.is_null() ? std::nullopt : std::optional(votes.get<std::int64_t>());
  }
  [[nodiscard]] std::optional<std::int64_t> total(const std::string& contest,
                                                  const std::string& option,
                                                  const std::string& unit,
                                                  const std::string& method) const {
    const Json hits = find(
        "totals",
        {{"contest_id", contest}, {"option_id", option}, {"unit_id", unit}, {"method_id", method}});
    EXPECT_EQ(hits.size(), 1);
    if (hits.size() != 1) return {};
    const Json& value = hits.at(0).at("_source").at("value");
    if (value.is_null()) return {};
    return value.get<std::int64_t>();
  }
  [[nodiscard]] std::size_t totals() const { return find("totals", Json::object()).size(); }
  [[nodiscard]] std::uint64_t audit() const { return find("audit", Json::object()).size(); }

  std::string name;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Elasticsearch, SinkContract, ElasticsearchPlace);

class ElasticsearchSinkTest : public SinkContract<ElasticsearchPlace> {
 protected:
  using E = ContractElection;
  // A new process that says what it builds anew.
  std::unique_ptr<Sink> telling() {
    return std::make_unique<ElasticsearchSink>(
        server(), rules, count, [this](const std::string& what) { told.push_back(what); });
  }
  // As the publisher does: what failed is tried again by the next pass.
  void publish_in_passes(Sink& to) {
    Result<void> done = fail(Remedy::retry, "sink.partial", "not yet");
    for (int pass = 0; pass < 3 && !done; ++pass) {
      const auto cursor = to.cursor();
      done = cursor ? to.publish(since(*cursor)) : std::unexpected(cursor.error());
    }
    ASSERT_TRUE(done) << to_text(done.error());
  }
  [[nodiscard]] Json mapping(const std::string& what) const {
    const Json all = ask("GET", "/" + place.name + "-" + what + "/_mapping");
    return all.empty() ? Json() : all.begin().value().at("mappings");
  }

  std::vector<std::string> told;
  void SetUp() override {
    SinkContract::SetUp();
    sink = telling();
  }
};

TEST_F(ElasticsearchSinkTest, DocumentsHaveFixedIdsAndTheirCommitAsVersion) {
  vote(E::north_1, E::ada, 1);
  vote(E::south, E::ada, 1);
  publish(*sink);
  const Json first = place.find("totals", {{"unit_id", "ash/north/1"}, {"option_id", "ada"}});
  ASSERT_EQ(first.size(), 1);
  EXPECT_EQ(first[0]["_id"], "0-0-2-0");
  EXPECT_EQ(first[0]["_version"], 1);
  EXPECT_EQ(first[0]["_source"]["top_name"], "North");
  const Json second = place.find("totals", {{"unit_id", "ash/south"}, {"option_id", "cards"}});
  ASSERT_EQ(second.size(), 1);
  EXPECT_EQ(second[0]["_version"], 2);
  EXPECT_EQ(place.find("head", Json::object())[0]["_version"], 2);
}

TEST_F(ElasticsearchSinkTest, AuditLinesCanBeSearched) {
  vote(E::north_1, E::ada, 1);
  audit_line();
  publish(*sink);
  const Json found = place.find("audit", {{"actor", "a.huber"}, {"reason.words", "disk"}});
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0]["_id"], "0");
  EXPECT_EQ(found[0]["_version"], 1);
  EXPECT_EQ(found[0]["_source"]["subject"], "partition 1");
  EXPECT_TRUE(found[0]["_source"]["approver"].is_null());
}

TEST_F(ElasticsearchSinkTest, UnitsAndIncidentsAreThere) {
  Incident rejected;
  rejected.outcome = Outcome::rejected;
  rejected.reason = Reason::entry_style_unknown;
  rejected.position = 5;
  rejected.index = 1;
  commit(partition[2].ballots(E::south, E::bell, 2).incident(rejected).step(6));
  publish(*sink);
  EXPECT_EQ(place.find("units", Json::object()).size(), 5) << "all units, counted or not";
  const Json south = place.find("units", {{"unit_id", "ash/south"}});
  ASSERT_EQ(south.size(), 1);
  EXPECT_EQ(south[0]["_source"]["cards"], 2);
  EXPECT_EQ(south[0]["_source"]["cards_how"], "number");
  EXPECT_EQ(south[0]["_source"]["top_id"], "ash/south");
  const Json incidents = place.find("incidents", {{"reason", "entry.style.unknown"}});
  ASSERT_EQ(incidents.size(), 1);
  EXPECT_EQ(incidents[0]["_id"], "2-5-1");
}

// As pub_units has it: a sheet does not say how many cards a unit has, and nothing is no 0.
TEST_F(ElasticsearchSinkTest, CardsOfAUnitThatSaysNothingAreNoZero) {
  commit(partition[1]
             .add({whole_unit, slot::sheets, E::south, E::postal}, {1, 0, 0})
             .outcome({.counted = 1})
             .step());
  publish(*sink);
  const auto said = [&](const char* unit) {
    const Json found = place.find("units", {{"unit_id", unit}});
    return found.size() == 1 ? found[0]["_source"] : Json::object();
  };
  EXPECT_TRUE(said("ash/south").at("cards").is_null());
  EXPECT_EQ(said("ash/south")["cards_how"], "unknown");
  EXPECT_EQ(said("ash/south")["sheets"], 1);
  EXPECT_TRUE(said("ash/north/1").at("cards").is_null());
  EXPECT_EQ(said("ash/north/1")["cards_how"], "not reported");
  // The sheet is withdrawn.
  commit(partition[1]
             .add({whole_unit, slot::sheets, E::south, E::postal}, {-1, 0, 0})
             .outcome({.counted = 1})
             .step());
  publish(*sink);
  EXPECT_EQ(said("ash/south")["cards_how"], "not reported");
  EXPECT_TRUE(said("ash/south").at("cards").is_null());
  EXPECT_EQ(said("ash/south")["sheets"], 0);
}

TEST_F(ElasticsearchSinkTest, AnIndexOfAnOlderProgramIsMadeAnew) {
  vote(E::south, E::ada, 1);
  publish(*sink);
  (void)ask("DELETE", "/" + place.name + "-units");
  const Json older{{"mappings",
                    {{"_meta", {{"count_id", count.id.hex()}}},
                     {"properties", {{"cards", {{"type", "long"}}}}}}}};
  const Json made = ask("PUT", "/" + place.name + "-units", older.dump());
  ASSERT_TRUE(made.value("acknowledged", false)) << made.dump();
  const auto next = place.sink(rules, count);
  publish(*next);
  const Json south = place.find("units", {{"unit_id", "ash/south"}});
  ASSERT_EQ(south.size(), 1);
  EXPECT_EQ(south[0]["_source"]["cards_how"], "number");
  EXPECT_EQ(place.votes("mayor", "ada"), 1) << "the other indices are told it again";
}

// Somebody asks for more shards in teller.toml and starts the publisher again.
TEST_F(ElasticsearchSinkTest, TheIndexOfTotalsIsBuiltAnewWithOtherShards) {
  vote(E::south, E::ada, 1);
  vote(E::north_1, E::bell, 2);
  publish(*sink);
  ElasticsearchSink::Server wider = server();
  wider.shards = 2;
  ElasticsearchSink next(wider, rules, count,
                         [this](const std::string& what) { told.push_back(what); });
  publish(next);
  const auto shards = [&](const std::string& what) {
    const Json all = ask("GET", "/" + place.name + "-" + what + "/_settings");
    return all.begin()->at("settings").at("index").at("number_of_shards").get<std::string>();
  };
  EXPECT_EQ(shards("totals"), "2");
  EXPECT_EQ(shards("units"), "1");
  EXPECT_EQ(place.totals(), 4);
  EXPECT_EQ(place.total("mayor", "ada", "ash/south", "in-person"), 1);
  ASSERT_EQ(told.size(), 1);
  EXPECT_NE(told[0].find("its shards are 1, and 2 are asked for"), std::string::npos) << told[0];
  vote(E::south, E::ada, 1);
  publish(next);
  EXPECT_EQ(place.total("mayor", "ada", "ash/south", "in-person"), 2);
}

// An index that went away under a publisher: no write brings it back as a guess; the publisher does,
// whole, at the latest in the pass after the one that met it.
TEST_F(ElasticsearchSinkTest, AnIndexThatIsDeletedUnderThePublisherIsBuiltAnew) {
  vote(E::north_1, E::ada, 1);
  vote(E::south, E::bell, 4);
  for (const char* what : {"totals", "options", "units", "head"}) {
    publish(*sink);
    (void)ask("DELETE", "/" + place.name + "-" + what);
    vote(E::north_1, E::ada, 1);
    publish_in_passes(*sink);
    EXPECT_EQ(place.totals(), 4) << what;
    EXPECT_EQ(place.find("units", {{"is_leaf", true}}).size(), 3) << what;
    EXPECT_EQ(place.votes("mayor", "bell"), 4) << what;
    EXPECT_EQ(place.head()->first, store.head()->commit) << what;
    EXPECT_EQ(mapping(what)["dynamic"], "strict") << what;
    ASSERT_EQ(told.size(), 1) << what;
    EXPECT_NE(told[0].find(std::string(what) + ": it was missing"), std::string::npos) << told[0];
    told.clear();
  }
}

TEST_F(ElasticsearchSinkTest, AnIndexThatIsDeletedIsMissedAlsoWhenNothingIsCountedAnyMore) {
  vote(E::north_1, E::ada, 1);
  audit_line();
  publish(*sink);
  for (const std::string& index : {place.name + "-totals", "audit" + place.name.substr(6)}) {
    (void)ask("DELETE", "/" + index);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (sink->cursor()->commit == 1 && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    publish_in_passes(*sink);
    EXPECT_EQ(place.totals(), 2);
    EXPECT_EQ(place.audit(), 1);
  }
}

TEST_F(ElasticsearchSinkTest, AGuessedOrForeignIndexIsBuiltAnew) {
  vote(E::south, E::ada, 1);
  publish(*sink);
  const Json foreign{{"mappings", {{"_meta", {{"count_id", 7}}}}}};
  for (const Json& made : {Json::object(), foreign}) {
    (void)ask("DELETE", "/" + place.name + "-totals");
    (void)ask("PUT", "/" + place.name + "-totals", made.dump());
    (void)ask("POST", "/" + place.name + "-totals/_doc/0-0-9-0?refresh=true", R"({"value": "7"})");
    const auto found = place.sink(rules, count)->read_back(false);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "sink.damaged");
    EXPECT_NE(found.error().detail.find("totals"), std::string::npos) << found.error().detail;
    publish(*telling());
    EXPECT_EQ(place.totals(), 2);
    EXPECT_EQ(mapping("totals")["dynamic"], "strict");
    ASSERT_EQ(told.size(), 1);
    EXPECT_NE(told[0].find("anew"), std::string::npos) << told[0];
    told.clear();
  }
}

// Documents went away while no publisher ran: the next one counts them before it moves the head.
TEST_F(ElasticsearchSinkTest, AnIndexThatLostDocumentsIsBuiltAnew) {
  vote(E::north_1, E::ada, 1);
  vote(E::south, E::bell, 4);
  publish(*sink);
  const Json there = ask("GET", "/" + place.name + "-totals/_search?size=100");
  ASSERT_EQ(there["hits"]["hits"].size(), 4) << there.dump();
  for (const Json& hit : there["hits"]["hits"]) {
    (void)ask("DELETE",
              "/" + place.name + "-totals/_doc/" + hit["_id"].get<std::string>() + "?refresh=true");
  }
  const auto short_of = place.sink(rules, count)->read_back(false);
  ASSERT_TRUE(short_of) << to_text(short_of.error());
  EXPECT_EQ(short_of->rows->totals, 0) << "and reconcile says so";
  vote(E::south, E::bell, 1);
  publish_in_passes(*telling());
  EXPECT_EQ(place.totals(), 4);
  EXPECT_EQ(place.head(), (Seen({3, 0})));
  ASSERT_EQ(told.size(), 1);
  EXPECT_NE(told[0].find("of 4 documents"), std::string::npos) << told[0];
}

TEST_F(ElasticsearchSinkTest, AnIndexOfANewerProgramIsLeftAlone) {
  vote(E::south, E::ada, 1);
  publish(*sink);
  (void)ask("DELETE", "/" + place.name + "-units");
  const Json newer{{"mappings", {{"_meta", {{"count_id", count.id.hex()}, {"format", 99}}}}}};
  (void)ask("PUT", "/" + place.name + "-units", newer.dump());
  const auto cursor = place.sink(rules, count)->cursor();
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().code, "sink.unavailable");
  EXPECT_NE(cursor.error().detail.find("newer"), std::string::npos) << cursor.error().detail;
  EXPECT_EQ(mapping("units")["_meta"]["format"], 99);
}

TEST_F(ElasticsearchSinkTest, AFieldThatNoMappingNamesIsRefused) {
  vote(E::north_1, E::ada, 1);
  publish(*sink);
  const Json answer = ask("POST", "/" + place.name + "-totals/_doc/x", R"({"voter": "somebody"})");
  EXPECT_EQ(answer.value("/error/type"_json_pointer, std::string()),
            "strict_dynamic_mapping_exception");
}

// More documents than one request may have.
TEST_F(ElasticsearchSinkTest, ALargePublicationGoesInSeveralRequests) {
  auto& sheets = partition[1];
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    Incident incident;
    incident.position = i;
    incident.leaf.fill(static_cast<std::uint8_t>(i));
    sheets.incident(incident);
  }
  commit(sheets.ballots(E::south, E::ada, 1).step(2'000));
  const auto done = sink->publish({.snapshot = *store.snapshot(),
                                   .incidents = *store.incidents(0, 10'000),
                                   .statements = {},
                                   .steps = {}});
  ASSERT_TRUE(done) << to_text(done.error());
  const Json counted = ask("GET", "/" + place.name + "-incidents/_count");
  EXPECT_EQ(counted.value("count", 0), 2'000);
  EXPECT_EQ(place.votes("mayor", "ada"), 1);
}

TEST_F(ElasticsearchSinkTest, AServerThatIsAwayIsWorthAnotherTry) {
  ElasticsearchSink::Server away = server();
  away.url = "https://localhost:1";
  const auto cursor = ElasticsearchSink(away, rules, count).cursor();
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().remedy, Remedy::retry);
  EXPECT_EQ(cursor.error().code, "sink.unavailable");
}

TEST_F(ElasticsearchSinkTest, AServerWithoutACertificateOfOursIsNotSpokenTo) {
  ElasticsearchSink::Server stranger = server();
  stranger.ca = "/etc/ssl/certs/ca-certificates.crt";
  const auto cursor = ElasticsearchSink(stranger, rules, count).cursor();
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().code, "sink.unavailable");
  EXPECT_NE(cursor.error().detail.find("certificate"), std::string::npos) << cursor.error().detail;
}

TEST_F(ElasticsearchSinkTest, AWrongPasswordIsSaidWithoutSayingThePassword) {
  const std::filesystem::path file =
      fmt::format("{}/teller-password-{}", testing::TempDir(), ::getpid());
  ASSERT_TRUE(write_file(file, as_bytes("not-the-password\n"), 0600));
  ElasticsearchSink::Server wrong = server();
  wrong.password_file = file;
  const auto cursor = ElasticsearchSink(wrong, rules, count).cursor();
  std::filesystem::remove(file);
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().remedy, Remedy::retry);
  EXPECT_NE(cursor.error().detail.find("401"), std::string::npos) << cursor.error().detail;
  EXPECT_EQ(cursor.error().detail.find("not-the-password"), std::string::npos);
}

// Some refused: the head stays, the publisher sends again, and nothing is missing afterwards.
TEST_F(ElasticsearchSinkTest, AfterAPartialFailureTheHeadStaysAndTheNextTimeMakesUpForIt) {
  vote(E::north_1, E::ada, 1);
  publish(*sink);
  (void)ask("PUT", "/" + place.name + "-options/_settings", R"({"index.blocks.write": true})");
  vote(E::north_1, E::ada, 2);
  const auto refused = sink->publish(since(*sink->cursor()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, Remedy::retry);
  EXPECT_EQ(refused.error().code, "sink.partial") << refused.error().detail;
  EXPECT_EQ(place.head(), (Seen({1, 0})));
  EXPECT_EQ(*sink->cursor(), (Sink::Cursor{0, 0}));

  (void)ask("PUT", "/" + place.name + "-options/_settings", R"({"index.blocks.write": false})");
  publish(*sink);
  EXPECT_EQ(place.head(), (Seen({2, 0})));
  EXPECT_EQ(place.votes("mayor", "ada"), 3);
}

}  // namespace
}  // namespace teller
