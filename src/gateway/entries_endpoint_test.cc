// POST /v1/entries over real sockets: every form of body, every status, and what stands in the
// journal afterwards.
#include "gateway/entries_endpoint.h"

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gateway/recorder_sender.h"
#include "http/http_client.h"
#include "journal/record.h"
#include "testing/certificates.h"
#include "testing/rules_with.h"
#include "testing/socket.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

// Keeps what it is given, and answers as the test tells it to.
class FakeJournal : public Journal {
 public:
  struct Kept {
    std::uint16_t partition;
    Bytes record;
  };

  void append(std::uint16_t partition, Bytes record, Done done) override {
    Result<Position> answer = Position{0};
    {
      const std::scoped_lock lock(mutex);
      ++appended;
      if (const auto found = answers.find(appended); found != answers.end())
        answer = std::unexpected(found->second);
      if (answer) {
        answer = Position{kept.size()};
        kept.push_back({partition, std::move(record)});
      }
      if (later) {
        waiting.push_back([answer, done = std::move(done)] { done(answer); });
        return;
      }
    }
    done(std::move(answer));
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t, Position, std::size_t) override {
    return std::vector<JournalRecord>();
  }
  Result<Position> end(std::uint16_t) override { return Position{0}; }

  std::mutex mutex;
  std::vector<Kept> kept;
  std::size_t appended = 0;
  std::map<std::size_t, Error> answers;  // By the number of the append, from 1.
  bool later = false;
  std::vector<std::function<void()>> waiting;
};

class EntriesEndpointTest : public testing::Test {
 protected:
  EntriesEndpointTest() {
    rules = rules_with(
        R"([{"id": "mayor", "kind": "plurality", "options": [{"id": "ada"}, {"id": "bell"}]}])",
        {.units = R"([{"id": "all", "kind": "country"}])",
         .styles = R"([{"id": "all", "cards": [["mayor"]]}])"});
    for (std::size_t i = 0; i < count.id.bytes.size(); ++i)
      count.id.bytes[i] = static_cast<std::uint8_t>(i + 1);
    count.partitions = 3;
    count.rules = rules.hash();
  }
  void start(HttpServerOptions options = {}) {
    HttpRouter router;
    add_entries_route(router, {&rules, &count}, recorder, metrics);
    add_metrics_route(router, metrics);
    add_health_route(router, [this] { return Health{state, count.id.hex(), "test", "A label"}; });
    count_requests(options, router, metrics);
    auto started = HttpServer::start(std::move(options), std::move(router));
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
    client = connect();
  }
  std::unique_ptr<HttpClient> connect() {
    auto opened = HttpClient::open({.url = server->url()});
    EXPECT_TRUE(opened) << to_text(opened.error());
    return std::make_unique<HttpClient>(std::move(*opened));
  }

  static std::string uuid(unsigned number) {
    char text[37];
    std::snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", number * 2654435761U, number);
    return text;
  }
  Json ballot(unsigned number, const std::string& option = "ada") const {
    return {{"kind", "ballot"},      {"count", count.id.hex()},
            {"id", uuid(number)},    {"unit", "all"},
            {"style", "all"},        {"card", 1},
            {"method", "in-person"}, {"contests", {{"mayor", Json::array({option})}}}};
  }
  Bytes packed(unsigned number, const std::string& option = "ada") const {
    const Definition definition{&rules, &count};
    const auto accepted = accept_json(definition, ballot(number, option).dump());
    EXPECT_TRUE(accepted);
    return accepted->entry;
  }
  HttpClient::Answer post(std::string_view type, std::string_view body,
                          HttpClient::Headers headers = {}) {
    headers.emplace_back("Content-Type", type);
    const auto answer = client->request("POST", "/v1/entries", body, headers);
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? *answer : HttpClient::Answer{};
  }
  Json post_json(const Json& json) {
    const auto answer = post("application/json", json.dump());
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return Json::parse(answer.body);
  }
  // Every entry in the journal, in order, as "id sender batch number".
  std::vector<std::string> journal_lines() {
    std::vector<std::string> lines;
    for (const auto& kept : journal.kept) {
      auto reader = RecordReader::open(kept.record, count.id, kept.partition);
      EXPECT_TRUE(reader) << to_text(reader.error());
      while (const auto item = reader->next())
        lines.push_back(fmt::format("{} {} {} {}", to_text(*id_of(item->entry)),
                                    item->envelope.sender, item->envelope.batch,
                                    item->envelope.number));
    }
    return lines;
  }

  Rules rules;
  CountFile count;
  FakeJournal journal;
  std::vector<Error> failures;
  Recorder recorder{count, journal, [this](const Error& error) { failures.push_back(error); }};
  Metrics metrics;
  std::string_view state = "ready";
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(EntriesEndpointTest, OneObjectIsRecordedWithItsSenderAndBatch) {
  start();
  const auto answer =
      post("application/json; charset=utf-8", ballot(7).dump(), {{"Teller-Batch", "scanner 3/17"}});
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(Json::parse(answer.body), Json::parse(R"({"recorded":1,"unknown":0,"not_recorded":0,
                                                      "refused_total":0,"refused":[],
      "records":[{"partition":1,"position":0,"entries":1}]})"));
  EXPECT_EQ(journal_lines(), std::vector<std::string>{uuid(7) + " loopback scanner 3/17 0"});
}

TEST_F(EntriesEndpointTest, EveryFormOfBodyGivesTheSameEntries) {
  start();
  Json array = Json::array();
  std::string lines;
  BatchWriter batch(count.id);
  for (unsigned i = 0; i < 50; ++i) {
    array.push_back(ballot(i));
    lines += ballot(i).dump() + "\n";
    batch.add(packed(i));
  }
  std::vector<std::vector<std::string>> seen;
  for (const auto& [type, body] : std::vector<std::pair<std::string, std::string>>{
           {"application/json", array.dump()},
           {"application/x-ndjson", lines},
           {"application/vnd.teller.batch", std::string(as_text(batch.finish()))}}) {
    journal.kept.clear();
    const auto answer = post(type, body);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["recorded"], 50);
    seen.push_back(journal_lines());
  }
  EXPECT_EQ(seen[0].size(), 50U);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST_F(EntriesEndpointTest, WhatIsRefusedIsNamedAndTheRestIsRecorded) {
  start();
  const std::string body = ballot(1).dump() + "\n\n{\"kind\":\"ballot\"}\n" + ballot(2).dump() +
                           "\nnot json\n" + ballot(3, "nobody").dump() + "\n";
  const auto answer = post("application/x-ndjson", body);
  EXPECT_EQ(answer.status, 200U);
  Json json = Json::parse(answer.body);
  EXPECT_EQ(json["recorded"], 2);
  EXPECT_EQ(json["refused_total"], 3);
  ASSERT_EQ(json["refused"].size(), 3U);
  EXPECT_EQ(json["refused"][0]["index"], 1);
  EXPECT_EQ(json["refused"][0]["line"], 3);
  EXPECT_EQ(json["refused"][1]["line"], 5);
  EXPECT_EQ(json["refused"][2]["line"], 6);
  EXPECT_EQ(json["refused"][2]["code"], "entry.option.unknown");
  EXPECT_EQ(journal_lines().size(), 2U);
}

TEST_F(EntriesEndpointTest, AListOfRefusedThatIsCutSaysSo) {
  start();
  std::string body;
  for (int i = 0; i < 1234; ++i) body += "{}\n";
  Json json = Json::parse(post("application/x-ndjson", body).body);
  EXPECT_EQ(json["refused"].size(), 1000U);
  EXPECT_EQ(json["refused_total"], 1234);
  EXPECT_EQ(json["refused_more"], 234);
  EXPECT_EQ(json["recorded"], 0);
}

TEST_F(EntriesEndpointTest, ABodyWithADamagedFrameIsRefusedAsAWhole) {
  start();
  BatchWriter batch(count.id);
  batch.add(packed(1));
  Bytes bytes = batch.finish();
  bytes[40] ^= 1;
  const auto damaged = post("application/vnd.teller.batch", as_text(bytes));
  EXPECT_EQ(damaged.status, 400U);
  EXPECT_EQ(Json::parse(damaged.body)["error"]["code"], "batch.checksum");

  const auto cut = post("application/json", "[" + ballot(1).dump() + "," + ballot(2).dump());
  EXPECT_EQ(cut.status, 400U) << cut.body;
  EXPECT_TRUE(journal.kept.empty());
}

TEST_F(EntriesEndpointTest, OtherMediaTypesAndBatchNamesAreRefused) {
  start();
  EXPECT_EQ(post("text/csv", "a,b").status, 415U);
  EXPECT_EQ(post("application/json", "[]", {{"Content-Encoding", "gzip"}}).status, 415U);
  EXPECT_EQ(post("application/json", "[]", {{"Teller-Batch", std::string(256, 'x')}}).status, 400U);
  EXPECT_EQ(post("application/json", "[]", {{"Teller-Batch", "a\x80"}}).status, 400U);
  EXPECT_EQ(post("application/json", "[]", {{"Teller-Batch", "投票所 1"}}).status, 200U);
  EXPECT_TRUE(journal.kept.empty());
}

// Of two copies in one request the first stands in an earlier record.
TEST_F(EntriesEndpointTest, ASecondCopyOfAnIdGoesIntoALaterRecord) {
  start();
  Json json = post_json({ballot(1, "ada"), ballot(1, "bell"), ballot(1, "ada")});
  EXPECT_EQ(json["recorded"], 3);
  EXPECT_EQ(journal.kept.size(), 3U);
  EXPECT_EQ(journal_lines(),
            (std::vector<std::string>{uuid(1) + " loopback  0", uuid(1) + " loopback  1",
                                      uuid(1) + " loopback  2"}));
}

// If the later copy were recorded without the earlier one, it would be the one that is counted.
TEST_F(EntriesEndpointTest, ALaterCopyIsNotRecordedWhenTheEarlierOneIsNot) {
  journal.answers[1] = {Remedy::retry, "journal.busy", "the queue is full"};
  start();
  const auto answer = post("application/json", Json({ballot(1, "ada"), ballot(1, "bell")}).dump());
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(Json::parse(answer.body)["not_recorded"], 2);
  EXPECT_TRUE(journal.kept.empty());
}

TEST_F(EntriesEndpointTest, ABusyJournalIsAnswered503WithWhatWasRecorded) {
  journal.answers[2] = {Remedy::retry, "journal.busy", "the queue is full"};
  start();
  Json array = Json::array();
  for (unsigned i = 0; i < 30; ++i) array.push_back(ballot(i));
  const auto answer = post("application/json", array.dump());
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.retry_after, 1s);
  Json json = Json::parse(answer.body);
  EXPECT_EQ(json["recorded"].get<int>() + json["not_recorded"].get<int>(), 30);
  EXPECT_EQ(json["recorded"], journal_lines().size());
  EXPECT_GT(json["not_recorded"], 0);
  EXPECT_EQ(json["error"]["code"], "journal.busy");
}

// Whoever runs the sender must learn that somebody has to make room.
TEST_F(EntriesEndpointTest, AFullJournalIsAnswered503WithItsName) {
  journal.answers[1] = {Remedy::retry, "journal.full", "no space left"};
  start();
  const auto answer = post("application/json", ballot(1).dump());
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.retry_after, 1s);
  Json json = Json::parse(answer.body);
  EXPECT_EQ(json["not_recorded"], 1);
  EXPECT_EQ(json["error"]["code"], "journal.full");
}

TEST_F(EntriesEndpointTest, WhatTheJournalDoesNotKnowIsUnknownAndAnswered504) {
  journal.answers[1] = {Remedy::abort, "journal.unknown", "no answer in time"};
  start();
  const auto answer = post("application/json", ballot(1).dump());
  EXPECT_EQ(answer.status, 504U);
  Json json = Json::parse(answer.body);
  EXPECT_EQ(json["unknown"], 1);
  EXPECT_EQ(json["refused_total"], 0);
  EXPECT_EQ(json["error"]["code"], "journal.unknown");
}

TEST_F(EntriesEndpointTest, AFailedJournalIsAnswered500AndTheHostIsToldOnce) {
  journal.answers[1] = {Remedy::stop, "journal.io", "the disk has failed"};
  start();
  EXPECT_EQ(post("application/json", ballot(1).dump()).status, 500U);
  const auto second = post("application/json", ballot(2).dump());
  EXPECT_EQ(second.status, 500U);
  EXPECT_EQ(Json::parse(second.body)["error"]["code"], "engine.failed");
  EXPECT_EQ(journal.appended, 1U);  // Nothing more is even tried.
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].code, "journal.io");
}

TEST_F(EntriesEndpointTest, NothingIsAcknowledgedBeforeTheJournalAnswers) {
  journal.later = true;
  start();
  TestSocket socket(server->port());
  const std::string body = ballot(1).dump();
  socket.send(
      fmt::format("POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                  "application/json\r\nContent-Length: {}\r\n\r\n{}",
                  body.size(), body));
  std::function<void()> answer;
  while (!answer) {
    const std::scoped_lock lock(journal.mutex);
    if (!journal.waiting.empty()) answer = journal.waiting.front();
  }
  char byte;
  EXPECT_EQ(::recv(socket.native(), &byte, 1, MSG_DONTWAIT), -1);
  answer();
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 200"));
}

// A body of many records in one partition: what stands in the journal is in the order of the body.
TEST_F(EntriesEndpointTest, EntriesOfOnePartitionKeepTheirOrder) {
  count.partitions = 1;
  start();
  BatchWriter batch(count.id);
  std::vector<std::string> expected;
  for (unsigned i = 0; i < 5000; ++i) {
    batch.add(packed(i));
    expected.push_back(fmt::format("{} loopback  {}", uuid(i), i));
  }
  const auto answer = post("application/vnd.teller.batch", as_text(batch.finish()));
  EXPECT_EQ(answer.status, 200U);
  const Json said = Json::parse(answer.body);
  EXPECT_GT(journal.kept.size(), 1U);
  EXPECT_EQ(journal_lines(), expected);
  // The answer says where they stand: the entries fill the records in their order.
  ASSERT_EQ(said["records"].size(), journal.kept.size());
  for (std::size_t i = 0; i < journal.kept.size(); ++i) {
    EXPECT_EQ(
        said["records"][i],
        Json({{"partition", 0}, {"position", i}, {"entries", entries_in(journal.kept[i].record)}}));
  }
}

TEST_F(EntriesEndpointTest, AThousandPostsOnThirtyTwoConnectionsAreAllAnswered) {
  start();
  std::atomic<unsigned> next{0}, recorded{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i)
    threads.emplace_back([&] {
      const auto mine = connect();
      while (true) {
        const unsigned number = next++;
        if (number >= 1000) return;
        const auto answer = mine->request("POST", "/v1/entries", ballot(number).dump(),
                                          {{"Content-Type", "application/json"}});
        if (answer && answer->status == 200) ++recorded;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(recorded, 1000U);
  const auto lines = journal_lines();
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 1000U);
}

TEST_F(EntriesEndpointTest, StoppingWaitsForWhatTheJournalHas) {
  journal.later = true;
  start();
  std::thread sender([&] { EXPECT_EQ(post("application/json", ballot(1).dump()).status, 200U); });
  while (true) {
    const std::scoped_lock lock(journal.mutex);
    if (!journal.waiting.empty()) break;
  }
  std::thread stops([&] { server->stop(10s); });
  std::this_thread::sleep_for(20ms);
  journal.waiting.front()();
  stops.join();
  sender.join();
}

TEST_F(EntriesEndpointTest, MetricsAddUp) {
  journal.answers[2] = {Remedy::abort, "journal.unknown", "no answer in time"};
  start();
  metrics.watch("connections", "Open connections.", false,
                [this] { return static_cast<double>(server->load().connections); });
  post("application/json", Json({ballot(1), ballot(2, "nobody")}).dump());
  post("application/json", ballot(3).dump());
  const auto answer = client->request("GET", "/metrics", {}, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200U);
  for (const char* line :
       {"teller_entries_recorded_total 1\n", "teller_entries_unknown_total 1\n",
        "teller_entries_refused_total{code=\"entry.option.unknown\"} 1\n",
        "teller_http_requests_total{route=\"/v1/entries\",status=\"200\"} 1\n",
        "teller_http_requests_total{route=\"/v1/entries\",status=\"504\"} 1\n",
        "teller_http_request_seconds_count{route=\"/v1/entries\"} 2\n", "teller_connections 1\n"})
    EXPECT_NE(answer->body.find(line), std::string::npos) << line << answer->body;
}

TEST_F(EntriesEndpointTest, HealthSaysWhichCountAndWhetherItIsReady) {
  start();
  const auto ready = client->request("GET", "/v1/health", {}, {});
  EXPECT_EQ(ready->status, 200U);
  EXPECT_EQ(
      Json::parse(ready->body),
      (Json{
          {"state", "ready"}, {"count", count.id.hex()}, {"mode", "test"}, {"label", "A label"}}));
  state = "stopping";
  EXPECT_EQ(client->request("GET", "/v1/health", {}, {})->status, 503U);
}

// `teller load --home`: the same way without a server.
TEST_F(EntriesEndpointTest, InThisProcessTheSameIsSentAgainUntilAllIsKnown) {
  journal.answers[1] = {Remedy::retry, "journal.busy", "the queue is full"};
  journal.answers[2] = {Remedy::abort, "journal.unknown", "no answer in time"};
  RecorderSender sender({&rules, &count}, recorder, "file", 30s, {});
  const auto sent =
      sender.send({.format = BodyFormat::json, .bytes = ballot(1).dump(), .batch = "scanner 3"});
  ASSERT_TRUE(sent) << to_text(sent.error());
  EXPECT_EQ(sent->answer.recorded, 1U);
  EXPECT_EQ(sent->sent_again, 2U);
  EXPECT_EQ(sent->unknown_resolved, 1U);
  EXPECT_EQ(journal_lines(), std::vector<std::string>{uuid(1) + " file scanner 3 0"});

  journal.answers[4] = {Remedy::stop, "journal.io", "the disk has failed"};
  const auto failed = sender.send({.format = BodyFormat::json, .bytes = ballot(2).dump()});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "load.gave_up");
}

TEST_F(EntriesEndpointTest, AnAnswerIsReadAsItWasWritten) {
  EntriesAnswer answer;
  answer.recorded = 3;
  answer.unknown = 2;
  answer.not_recorded = 1;
  answer.refused_total = 5;
  answer.refused = {{4, 9, "entry.unit.unknown", "“nowhere” \xFF"}};
  answer.records = {{2, std::uint64_t{1} << 40, 3}};
  const auto read = parse_entries_answer(to_json(answer));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->recorded, 3U);
  EXPECT_EQ(read->unknown, 2U);
  EXPECT_EQ(read->not_recorded, 1U);
  EXPECT_EQ(read->refused_total, 5U);
  ASSERT_EQ(read->refused.size(), 1U);
  EXPECT_EQ(read->refused[0].line, 9U);
  EXPECT_EQ(read->records, answer.records);
  EXPECT_EQ(parse_entries_answer(error_response(413, "http.too_large", "x").body)->error_code,
            "http.too_large");
  EXPECT_FALSE(parse_entries_answer("<html>"));
  EXPECT_FALSE(parse_entries_answer("[]"));
  EXPECT_FALSE(parse_entries_answer("{}"));
  EXPECT_FALSE(parse_entries_answer("{\"recorded\":\"many\"}"));
}

}  // namespace
}  // namespace teller
