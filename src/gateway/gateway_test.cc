// What a gateway serves is what schema/http.yaml describes, and it holds each sender to the file of [gateway].
#include "gateway/gateway.h"

#include <fstream>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/http_client.h"
#include "journal/journal_memory.h"
#include "testing/folder.h"
#include "testing/rules_with.h"

namespace teller {
namespace {

// "POST /v1/entries" and so on: the paths and methods that stand in schema/http.yaml.
std::set<std::string> described_routes() {
  std::ifstream in(std::string(TELLER_SOURCE_DIR) + "/schema/http.yaml");
  std::set<std::string> routes;
  std::string line, path;
  bool in_paths = false;
  while (std::getline(in, line)) {
    if (!line.empty() && line.front() != ' ') in_paths = line == "paths:";
    if (!in_paths || line.empty() || line.back() != ':') continue;
    const std::size_t indent = line.find_first_not_of(' ');
    std::string word = line.substr(indent, line.size() - indent - 1);
    if (indent == 2) path = word;
    if (indent == 4 && (word == "get" || word == "post" || word == "put" || word == "delete")) {
      for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
      routes.insert(word + " " + path);
    }
  }
  return routes;
}

TEST(Gateway, EachOfItsRoutesIsDescribed) {
  const Rules rules;
  const CountFile count;
  MemoryJournal journal(1);
  Recorder recorder(count, journal);
  Metrics metrics;
  const HttpRouter router =
      gateway_router({&rules, &count}, recorder, metrics, [] { return Health(); });
  const auto described = described_routes();
  EXPECT_GE(router.routes().size(), 3U);
  for (const auto& route : router.routes())
    EXPECT_TRUE(described.contains(route.method + " " + route.path))
        << route.method << " " << route.path;
}

// A gateway in this process, on the file of limits that its [gateway] names.
class LimitedGatewayTest : public testing::Test {
 protected:
  LimitedGatewayTest() {
    rules = rules_with(R"([{"id": "mayor", "kind": "plurality", "options": [{"id": "ada"}]}])",
                       {.styles = R"([{"id": "all", "cards": [["mayor"]]}])"});
    count.id.bytes.fill(7);
    count.rules = rules.hash();
    count.partitions = 1;
  }
  Result<std::unique_ptr<SenderLimits>> limits_of(std::string_view senders) {
    Config::Https https;
    https.sender_limits = folder.write(
        "senders.toml", fmt::format("teller = \"senders/1\"\nothers = \"nothing\"\n{}", senders));
    return sender_limits_of(https, rules);
  }
  void start(std::string_view senders) {
    auto read = limits_of(senders);
    ASSERT_TRUE(read) << to_text(read.error());
    limits = std::move(*read);
    auto started = HttpServer::start({}, gateway_router(
                                             {&rules, &count}, recorder, metrics,
                                             [] { return Health(); }, nullptr, limits.get()));
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
  }
  HttpClient::Answer post(const std::vector<std::string>& units) {
    nlohmann::json body = nlohmann::json::array();
    for (const std::string& unit : units) {
      body.push_back({{"kind", "ballot"},
                      {"count", count.id.hex()},
                      {"id", fmt::format("00000000-0000-4000-8000-{:012}", ++ballots)},
                      {"unit", unit},
                      {"style", "all"},
                      {"card", 1},
                      {"method", "in-person"},
                      {"contests", {{"mayor", nlohmann::json::array({"ada"})}}}});
    }
    auto client = HttpClient::open({.url = server->url()});
    EXPECT_TRUE(client);
    auto answer =
        client->request("POST", "/v1/entries", body.dump(), {{"Content-Type", "application/json"}});
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? *answer : HttpClient::Answer{};
  }

  TestFolder folder;
  Rules rules;
  CountFile count;
  MemoryJournal journal{1};
  Recorder recorder{count, journal};
  Metrics metrics;
  std::unique_ptr<SenderLimits> limits;
  std::unique_ptr<HttpServer> server;
  int ballots = 0;
};

TEST_F(LimitedGatewayTest, ASenderIsHeldToItsUnitsAndItsRate) {
  start("[[sender]]\nname = \"loopback\"\nunits = [\"north\"]\nentries_per_s = 1\nburst = 3\n");
  const auto mixed = post({"north", "south", "north"});
  ASSERT_EQ(mixed.status, 200U) << mixed.body;
  const auto told = nlohmann::json::parse(mixed.body);
  EXPECT_EQ(told["recorded"], 2);
  ASSERT_EQ(told["refused"].size(), 1U) << mixed.body;
  EXPECT_EQ(told["refused"][0]["index"], 1);
  EXPECT_EQ(told["refused"][0]["code"], "sender.unit_not_yours");

  const auto recorded = journal.end(0);
  const auto too_fast = post({"north", "north", "north"});
  EXPECT_EQ(too_fast.status, 429U);
  EXPECT_EQ(nlohmann::json::parse(too_fast.body)["error"]["code"], "sender.too_fast");
  EXPECT_EQ(*journal.end(0), *recorded) << "nothing of it was recorded";
}

TEST_F(LimitedGatewayTest, WhoIsNotNamedSendsNothing) {
  start("[[sender]]\nname = \"north\"\n");
  const auto refused = post({"north"});
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "http.sender_not_allowed");
  EXPECT_EQ(*journal.end(0), 0U);
}

// It reads neither store nor topic, and what it does not know it must not promise to keep.
TEST_F(LimitedGatewayTest, AVotingPlaceIsRefusedAtTheStartAndNotIgnored) {
  const auto read = limits_of("[[sender]]\nname = \"north\"\nvoting_place = true\n");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "sender.limits_invalid");
  EXPECT_TRUE(read.error().detail.contains("nobody else here knows when voting opens and closes"))
      << read.error().detail;
}

}  // namespace
}  // namespace teller
