#include "host/embedded.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

#include "http/http_client.h"
#include "testing/home_to_count.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class EmbeddedTest : public HomeToCountTest {
 protected:
  [[nodiscard]] Result<std::unique_ptr<Embedded>> start(bool publish = true,
                                                        const std::string& listen = "127.0.0.1:0") {
    Embedded::Options options{.home = path, .listen = listen, .publish = publish, .event = {}};
    options.event = [this](const Event& event) {
      const std::scoped_lock lock(mutex);
      said.push_back(event.text());
    };
    return Embedded::start(std::move(options));
  }
  [[nodiscard]] HttpClient::Answer request(const Embedded& embedded, const char* method,
                                           const char* where, const std::string& body = "") const {
    HttpClient client =
        *HttpClient::open({.url = embedded.url(), .token_file = (path / "token").string()});
    auto answer = client.request(method, where, body, {{"Content-Type", "application/x-ndjson"}});
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? *answer : HttpClient::Answer{};
  }

  std::mutex mutex;
  std::vector<std::string> said;
};

TEST_F(EmbeddedTest, WhatIsAcknowledgedIsCountedAndStatedBeforeItHasStopped) {
  constexpr std::uint32_t sent = 50;
  {
    const auto embedded = start();
    ASSERT_TRUE(embedded) << to_text(embedded.error());
    EXPECT_TRUE(request(**embedded, "GET", "/v1/health").body.contains("\"ready\""));
    const auto answer = request(**embedded, "POST", "/v1/entries", ballots(0, sent));
    ASSERT_EQ(answer.status, 200U) << answer.body;
    ASSERT_TRUE(answer.body.contains("\"recorded\":50")) << answer.body;
    (*embedded)->stop();
    EXPECT_FALSE((*embedded)->broken());
  }
  const TestHome home(path);
  Outcomes sum;
  const auto rows = home.store->partitions();
  for (const PartitionRow& row : *rows) sum += row.outcomes;
  EXPECT_EQ(sum.counted, sent);
  const auto stated = home.store->last_statement();
  ASSERT_TRUE(stated && *stated);
  EXPECT_EQ((*stated)->commit, home.store->head()->commit);
  EXPECT_TRUE(fs::exists(home.home->published() / "log" / "checkpoint"));
}

TEST_F(EmbeddedTest, OneProcessServesAHomeAndTheNextOneCanWhenItHasEnded) {
  {
    const auto first = start();
    ASSERT_TRUE(first) << to_text(first.error());
    const auto second = start();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "home.locked");
  }
  EXPECT_TRUE(start());
}

// All threads run by then: what was started has to end, and let go of the home.
TEST_F(EmbeddedTest, AnAddressThatCannotBeListenedOnLeavesNothingBehind) {
  const auto wrong = start(true, "nowhere");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "http.address_invalid");
  EXPECT_TRUE(start());
}

TEST_F(EmbeddedTest, WithoutTheKeyItServesOnlyWhenNothingIsToBeStated) {
  fs::remove(path / "key");
  const auto stating = start();
  ASSERT_FALSE(stating);
  EXPECT_EQ(stating.error().code, "key.missing");

  const auto silent = start(false);
  ASSERT_TRUE(silent) << to_text(silent.error());
  EXPECT_EQ(request(**silent, "POST", "/v1/entries", ballots(1, 2)).status, 200U);
  EXPECT_EQ(request(**silent, "GET", "/v1/checkpoint").status, 404U);
  EXPECT_EQ(request(**silent, "GET", "/v1/log/checkpoint").status, 404U);
  (*silent)->stop();
  EXPECT_FALSE((*silent)->broken());
}

// What an older copy of the store counts on in its own way cannot be brought back to what was
// stated, so nothing is counted.
TEST_F(EmbeddedTest, AnOlderCopyOfTheStoreIsNotCountedOn) {
  put_back_an_older_store();
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "log.rollback");
}

// The disk fails while everything runs: the host is told, and can end.
TEST_F(EmbeddedTest, WhatWillNotPassMakesItBroken) {
  const auto embedded = start();
  ASSERT_TRUE(embedded) << to_text(embedded.error());
  break_segments();
  ASSERT_EQ(request(**embedded, "POST", "/v1/entries", ballots(99, 100)).status, 200U);
  wait_until_broken(**embedded);
  (*embedded)->stop();
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(std::ranges::any_of(said, [](const std::string& text) {
    return text.starts_with("serve.stopping code=\"segments.");
  })) << testing::PrintToString(said);
}

}  // namespace
}  // namespace teller
