#include "gateway/follow_outcomes.h"

#include <deque>

#include <gtest/gtest.h>

#include "gateway/http_outcomes.h"
#include "http/http_server.h"
#include "outcomes/outcomes_endpoint.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// Gives the answers one after the other, and keeps what was asked.
struct Answers {
  std::deque<OutcomesAnswer> answers;
  std::vector<std::vector<RecordPlace>> asked = {};

  AskOutcomes ask() {
    return [this](std::span<const RecordPlace> records) -> Result<OutcomesAnswer> {
      asked.emplace_back(records.begin(), records.end());
      OutcomesAnswer answer = answers.front();
      if (answers.size() > 1) answers.pop_front();
      return answer;
    };
  }
};

const RecordPlace a{0, 1, 10}, b{1, 1, 20};

TEST(FollowOutcomes, ItAsksAgainOfWhatWaitsUntilAllIsDecided) {
  Answers from{{{.waiting = 30, .ask_again = {a, b}},
                {.counted = 9, .conflict = 1, .waiting = 20, .ask_again = {b}},
                {.waiting = 20, .ask_again = {b}},
                {.counted = 19, .rejected = 1}}};
  std::uint64_t decided = 0;
  FollowOptions options;
  options.on_progress = [&](std::uint64_t at, std::uint64_t of) {
    decided = at;
    EXPECT_EQ(of, 30U);
  };
  const auto followed = follow_outcomes({a, b}, from.ask(), options);
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->counted, 28U);
  EXPECT_EQ(followed->conflict, 1U);
  EXPECT_EQ(followed->rejected, 1U);
  EXPECT_EQ(followed->waiting, 0U);
  EXPECT_EQ(decided, 30U);
  EXPECT_EQ(from.asked, (std::vector<std::vector<RecordPlace>>{{a, b}, {a, b}, {b}, {b}}));
}

TEST(FollowOutcomes, WhatWaitsForAnOfficerIsNotWaitedFor) {
  Answers from{{{.counted = 10, .waiting = 20, .halted = 20, .ask_again = {b}}}};
  const auto followed = follow_outcomes({a, b}, from.ask(), {});
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->counted, 10U);
  EXPECT_EQ(followed->waiting, 20U);
  EXPECT_EQ(followed->halted, 20U);
  EXPECT_EQ(from.asked.size(), 1U);
}

TEST(FollowOutcomes, ItGivesUpWhenNothingMoves) {
  Answers from{{{.waiting = 30, .ask_again = {a, b}}}};
  FollowOptions options;
  options.give_up_after = 100ms;
  const auto followed = follow_outcomes({a, b}, from.ask(), options);
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->waiting, 30U);
}

TEST(FollowOutcomes, ManyRecordsAreAskedOfInParts) {
  std::vector<RecordPlace> records;
  for (std::uint32_t i = 0; i < 2 * outcomes_asked_max + 1; ++i) records.push_back({0, i, 1});
  Answers from{{{.counted = outcomes_asked_max}, {.counted = outcomes_asked_max}, {.counted = 1}}};
  const auto followed = follow_outcomes(records, from.ask(), {});
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->counted, records.size());
  ASSERT_EQ(from.asked.size(), 3U);
  EXPECT_EQ(from.asked[2], std::vector<RecordPlace>{records.back()});
}

TEST(FollowOutcomes, NothingIsAskedOfNothing) {
  Answers from;
  const auto followed = follow_outcomes({}, from.ask(), {});
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->counted + followed->waiting, 0U);
  EXPECT_TRUE(from.asked.empty());
}

// A gateway has no such path: whoever asks it is told so, and not that his entries are lost.
TEST(HttpOutcomes, AServerWithoutThePathKnowsNothingOfOutcomes) {
  const auto server = HttpServer::start({}, HttpRouter());
  ASSERT_TRUE(server);
  auto outcomes = HttpOutcomes::open({.url = (*server)->url()}, 10s, {});
  ASSERT_TRUE(outcomes);
  const auto answer = outcomes->ask(std::vector{a});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "outcomes.elsewhere");
}

TEST(HttpOutcomes, ItAsksAgainWhileTheStoreIsAway) {
  int asked = 0;
  HttpRouter router;
  router.add("POST", "/v1/outcomes", HttpAccess::sender,
             [&](const HttpRequest& request, const HttpResponder& responder) {
               EXPECT_EQ(parse_outcomes_question(request.body), std::vector{a});
               if (++asked == 1) return responder.send(busy_response("store.unavailable", "", 0));
               HttpResponse response;
               response.body = to_json(OutcomesAnswer{.counted = 10});
               responder.send(std::move(response));
             });
  const auto server = HttpServer::start({}, std::move(router));
  ASSERT_TRUE(server);
  auto outcomes = HttpOutcomes::open({.url = (*server)->url()}, 30s, {});
  ASSERT_TRUE(outcomes);
  const auto answer = outcomes->ask(std::vector{a});
  ASSERT_TRUE(answer) << to_text(answer.error());
  EXPECT_EQ(answer->counted, 10U);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace teller
