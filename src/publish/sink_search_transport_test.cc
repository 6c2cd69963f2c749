// What becomes of a request of the Elasticsearch sink that is not answered, or answered with
// something about us or the server: a server of our own stands in for Elasticsearch. (What the real
// one takes and gives: sink_elasticsearch_test.cc.)
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/http_server.h"
#include "publish/sink_elasticsearch.h"
#include "testing/certificates.h"
#include "testing/folder.h"
#include "testing/store_election.h"

namespace teller {
namespace {

class SearchSinkTransport : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("password", "open sesame\n");
    const auto files = certificates.issue("elasticsearch");
    HttpRouter router;
    for (const char* method : {"GET", "POST", "PUT", "DELETE"})
      router.add(method, "/{path}", HttpAccess::person,
                 [this](HttpRequest request, HttpResponder to) {
                   const std::scoped_lock lock(mutex);
                   asked.push_back(request.method + " " + request.path + " " +
                                   std::string(request.header("content-type")));
                   bodies.push_back(request.body);
                   to.send(answer);
                 });
    auto started = HttpServer::start({.certificate = files.certificate,
                                      .key = files.key,
                                      .person_of = [](std::string_view) { return "whoever asks"; },
                                      .threads = 1},
                                     std::move(router));
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
  }
  ElasticsearchSink::Server at() {
    return {.url = server->url(),
            .ca = certificates.ca(),
            .user = "publisher",
            .password_file = folder.file("password")};
  }
  Error error_of(const ElasticsearchSink::Server& from) {
    const auto cursor = ElasticsearchSink(from, rules, count).cursor();
    EXPECT_FALSE(cursor);
    return cursor ? Error{} : cursor.error();
  }

  TestFolder folder;
  TestCertificates certificates;
  const Rules rules = ContractElection::rules();
  const CountFile count =
      ContractElection::count(rules, ContractElection::presentation(rules), 0x5e);
  std::mutex mutex;  // Of the next three.
  HttpResponse answer;
  std::vector<std::string> asked, bodies;
  std::unique_ptr<HttpServer> server;
};

// Two counts on one server are told apart by more than eight digits.
TEST_F(SearchSinkTransport, AnIndexIsCalledAfterItsCount) {
  SearchServer search(at());
  const SearchIndices one(search, count, ""), rill(search, count, "rill");
  const std::string digits = count.id.hex().substr(0, 8);
  EXPECT_EQ(one.name(SearchIndices::totals), "teller-" + digits + "-totals");
  EXPECT_EQ(one.name(SearchIndices::audit), "audit-" + digits);
  EXPECT_EQ(rill.name(SearchIndices::totals), "teller-rill-" + digits + "-totals");
  EXPECT_EQ(rill.name(SearchIndices::audit), "audit-rill-" + digits);
}

// What is asked of each index when none is there.
TEST_F(SearchSinkTransport, TheIndexOfTotalsHasAsManyShardsAsItIsGiven) {
  answer = {.status = 200, .body = "{}"};
  SearchServer search(at());
  std::vector<std::string> replaced;
  EXPECT_FALSE(SearchIndices(search, count, "", 2).make({}, replaced)) << "nothing was made";
  const std::scoped_lock lock(mutex);
  unsigned made = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!asked[i].starts_with("PUT ")) continue;
    ++made;
    const unsigned wanted = asked[i].find("-totals ") != std::string::npos ? 2 : 1;
    const auto body = nlohmann::json::parse(bodies[i]);
    EXPECT_EQ(body.at("settings").at("number_of_shards"), wanted) << asked[i];
  }
  EXPECT_EQ(made, SearchIndices::kinds);
}

// An index keeps the shards that it was made with.
TEST_F(SearchSinkTransport, AnIndexWithOtherShardsIsNotTheOneThatIsAskedFor) {
  answer = {.status = 200, .body = "{}"};
  SearchServer search(at());
  std::vector<std::string> replaced;
  EXPECT_FALSE(SearchIndices(search, count, "").make({}, replaced));
  nlohmann::json there;
  {
    const std::scoped_lock lock(mutex);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const std::string path = asked[i].substr(0, asked[i].rfind(' '));
      if (!path.starts_with("PUT /")) continue;
      auto& index = there[path.substr(5)];
      index["mappings"] = nlohmann::json::parse(bodies[i]).at("mappings");
      index["settings"]["index"] = {{"uuid", "u"}, {"number_of_shards", "1"}};
    }
    answer.body = there.dump();
  }
  const auto as_made = SearchIndices(search, count, "").look();
  ASSERT_TRUE(as_made) << to_text(as_made.error());
  for (const auto& found : *as_made) EXPECT_TRUE(found.ours()) << found.wrong;
  const auto wanted = SearchIndices(search, count, "", 2).look();
  ASSERT_TRUE(wanted) << to_text(wanted.error());
  EXPECT_EQ(wanted->at(SearchIndices::totals).wrong, "its shards are 1, and 2 are asked for");
  EXPECT_TRUE(wanted->at(SearchIndices::units).ours());
}

// Also a password or a right that is missing: somebody mends it while the publisher tries again.
TEST_F(SearchSinkTransport, AnAnswerAboutUsOrTheServerIsWorthAnotherTry) {
  for (const unsigned status : {401U, 403U, 429U, 500U, 503U}) {
    {
      const std::scoped_lock lock(mutex);
      answer = {.status = status,
                .body = R"({"error": {"type": "some_exception", "reason": "quotes a document"}})"};
    }
    const Error error = error_of(at());
    EXPECT_EQ(error.remedy, Remedy::retry);
    EXPECT_EQ(error.code, "sink.unavailable");
    EXPECT_NE(error.detail.find(fmt::format("{} some_exception", status)), std::string::npos)
        << error.detail;
    EXPECT_EQ(error.detail.find("quotes"), std::string::npos) << error.detail;
    EXPECT_EQ(error.detail.find("sesame"), std::string::npos) << error.detail;
  }
  const std::scoped_lock lock(mutex);
  ASSERT_EQ(asked.size(), 5U) << "each is asked once";
  EXPECT_TRUE(asked[0].starts_with("GET /teller-5e5e5e5e-totals,teller-5e5e5e5e-options,"))
      << asked[0];
}

TEST_F(SearchSinkTransport, WhatCannotBeAskedIsWorthAnotherTry) {
  const TestCertificates others("other CA");
  std::vector<ElasticsearchSink::Server> wrong(5, at());
  wrong[0].url = "https://127.0.0.1:1";
  wrong[1].ca = others.ca();
  wrong[2].ca = folder.file("no.crt");
  wrong[3].password_file = folder.file("no-password");
  wrong[4].url = "http" + server->url().substr(5);  // The password would be read by all.
  for (const auto& from : wrong) {
    const Error error = error_of(from);
    EXPECT_EQ(error.remedy, Remedy::retry) << error.detail;
    EXPECT_EQ(error.code, "sink.unavailable") << error.detail;
  }
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(asked.empty()) << asked.front();
}

}  // namespace
}  // namespace teller
