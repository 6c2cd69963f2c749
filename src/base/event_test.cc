// Lines for the operator: their form is that of Java's Events.java, and a trouble that lasts does
// not fill the disk that may be the trouble.
#include "base/event.h"

#include <vector>

#include <gtest/gtest.h>

namespace teller {
namespace {

using namespace std::chrono_literals;

const Error full{Remedy::retry, "sink.unavailable", "write a: No space left on device"};

TEST(Event, IsALineOfTimeLevelNameAndPairs) {
  const Event event = Event::info("publish.stated").with("commit", 17U).with("first", true);
  EXPECT_EQ(event.line(1'700'000'000'123'456),
            "2023-11-14T22:13:20.123Z info publish.stated commit=17 first=true");
}

TEST(Event, OfAnErrorHasCodeRemedyAndDetail) {
  EXPECT_EQ(Event("publish.trouble", full).text(),
            "publish.trouble code=\"sink.unavailable\" remedy=\"retry\" "
            "detail=\"write a: No space left on device\"");
  const auto level = [](Remedy remedy) { return Event("x", {remedy, "file.io", ""}).level(); };
  EXPECT_EQ(level(Remedy::retry), Event::Level::warning);
  EXPECT_EQ(level(Remedy::abort), Event::Level::warning);
  EXPECT_EQ(level(Remedy::reject), Event::Level::error);
  EXPECT_EQ(level(Remedy::stop), Event::Level::error);
}

// What others sent stands in a detail: it must not make a second line, nor a pair of its own.
TEST(Event, StaysOneLineWhateverATextHolds) {
  EXPECT_EQ(Event::info("x").with("text", "a\"b\nc\x1b[2K\x7f\r\u00e9").text(),
            "x text=\"a'b c [2K  \u00e9\"");
}

class SeldomTest : public testing::Test {
 protected:
  std::chrono::steady_clock::time_point now{};
  std::vector<std::string> said;
  OnEvent event =
      seldom([this](const Event& each) { said.push_back(each.text()); }, [this] { return now; });
};

TEST_F(SeldomTest, TheSameErrorIsSaidOnceAMinuteWithTheNumberLeftOut) {
  const Event trouble("publish.trouble", full);
  for (int i = 0; i < 1'000; ++i) event(trouble);
  EXPECT_EQ(said, std::vector{trouble.text()});

  now += 59s;
  event(trouble);
  EXPECT_EQ(said.size(), 1U);

  now += 1s;
  event(trouble);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[1], trouble.text() + " again=1000");

  now += 60s;
  event(trouble);
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said[2], trouble.text());
}

TEST_F(SeldomTest, ADetailThatChangesIsTheSameTroubleAndAnotherCodeIsNot) {
  event(Event("count.trouble", {Remedy::retry, "segments.full", "write a"}));
  event(Event("count.trouble", {Remedy::retry, "segments.full", "write b"}));
  event(Event("count.trouble", {Remedy::retry, "store.unavailable", "write b"}));
  event(Event("publish.trouble", {Remedy::retry, "store.unavailable", "write b"}));
  EXPECT_EQ(said.size(), 3U);
}

// One that will not pass is news each time: two partitions that halt are two.
TEST_F(SeldomTest, ErrorsThatStopAreTheSameOnlyInEveryWord) {
  for (const char* detail : {"partition 1", "partition 2", "partition 1"})
    event(Event("count.trouble", {Remedy::stop, "partition.halted", detail}));
  EXPECT_EQ(said.size(), 2U);
}

TEST_F(SeldomTest, WhatIsNoErrorIsSaidEachTime) {
  for (int i = 0; i < 3; ++i) event(Event::info("publish.stated").with("commit", i));
  EXPECT_EQ(said.size(), 3U);
}

}  // namespace
}  // namespace teller
