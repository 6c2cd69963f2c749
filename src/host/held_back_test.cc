// Which routes a server closes before the close of voting, over a real socket.
#include "host/held_back.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "http/http_client.h"
#include "testing/folder.h"

namespace teller {
namespace {

class HeldBackTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpRouter router;
    for (const char* path : {"/v1/head", "/v1/totals", "/v1/made-next-year"}) {
      router.add("GET", path, HttpAccess::sender,
                 [](const HttpRequest&, const HttpResponder& responder) {
                   responder.send({.body = "{}"});
                 });
    }
    auto started = HttpServer::start({}, held_back(router, [this] { return is_held; }));
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
  }
  HttpClient::Answer get(const char* path) const {
    auto client = HttpClient::open({.url = server->url()});
    EXPECT_TRUE(client);
    auto answer = client->request("GET", path, "", {});
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? *answer : HttpClient::Answer{};
  }

  Result<bool> is_held = true;  // Changed between two requests, never during one.
  std::unique_ptr<HttpServer> server;
};

TEST_F(HeldBackTest, ARouteThatNobodyNamedIsClosedUntilTheClose) {
  EXPECT_EQ(get("/v1/head").status, 200U);
  for (const char* path : {"/v1/totals", "/v1/made-next-year"}) {
    const auto held = get(path);
    EXPECT_EQ(held.status, 403U) << path;
    EXPECT_TRUE(held.body.contains("publication.before_close")) << held.body;
  }
  is_held = false;
  EXPECT_EQ(get("/v1/made-next-year").status, 200U);
}

// Where the store is away nobody knows whether voting is closed: that is no answer that it is.
TEST_F(HeldBackTest, ARouteIsClosedWhileTheStoreCannotSayWhetherVotingIs) {
  is_held = fail(Remedy::retry, "store.unavailable", "the server is away");
  const auto busy = get("/v1/totals");
  EXPECT_EQ(busy.status, 503U);
  EXPECT_TRUE(busy.body.contains("store.unavailable")) << busy.body;
  EXPECT_EQ(get("/v1/head").status, 200U);
}

TEST(ToldHeldBack, WhoeverLooksIntoTheFolderSeesWhyItIsEmpty) {
  const TestFolder folder;
  const auto file = folder / "published" / "not-before-the-close";
  ASSERT_TRUE(tell_held_back(folder / "published", true));
  EXPECT_EQ(read_file(file).value_or(""), "nothing is published before the close of voting\n");
  ASSERT_TRUE(tell_held_back(folder / "published", false));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(tell_held_back(folder / "published", false));  // As it is already.
}

// It would stand beside the figures and say that there are none.
TEST(ToldHeldBack, WhatCannotBeTakenAwayIsAnError) {
  const TestFolder folder;
  const auto file = folder / "published" / "not-before-the-close";
  std::filesystem::create_directories(file / "with something in it");
  const auto told = tell_held_back(folder / "published", false);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, "file.io");
  EXPECT_TRUE(told.error().detail.contains(file.string())) << told.error().detail;
}

}  // namespace
}  // namespace teller
