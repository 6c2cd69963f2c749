#include "cli/progress.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller::cli {
namespace {

using namespace std::chrono_literals;

// A place to write to that remembers it, and a clock that stands until it is moved.
class ProgressTest : public testing::Test {
 protected:
  ~ProgressTest() override { std::fclose(file_); }

  std::string written() {
    std::fflush(file_);
    std::fseek(file_, 0, SEEK_SET);
    std::string text(10'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

  std::FILE* const file_ = std::tmpfile();
  Terminal terminal_{file_, true};
  Terminal elsewhere_{file_, false};
  Progress::Clock::time_point now_{};
  const std::function<Progress::Clock::time_point()> clock_ = [this] { return now_; };
};

TEST_F(ProgressTest, OnATerminalOneLineIsWrittenOverAndIsGoneInTheEnd) {
  {
    Progress progress("verifying", terminal_, clock_);
    const auto count = progress.counting("leaves");
    now_ += 10s;
    count(250, 1000);
    now_ += 10s;
    count(500, 1000);
  }
  EXPECT_EQ(written(),
            "verifying  [######..................] 25 %  250 of 1,000 leaves, 0:30 min left"
            "\r\033[K"
            "verifying  [############............] 50 %  500 of 1,000 leaves, 0:20 min left"
            "\r\033[K");
}

// Whoever counts may say "all of all" again and again: after the last leaf come steps without one.
TEST_F(ProgressTest, TheLastLineIsNotShownForEachStepThatIsLeft) {
  {
    Progress progress("verifying", terminal_, clock_);
    const auto count = progress.counting("leaves");
    now_ += 1s;
    for (int step = 0; step < 100; ++step) count(7, 7);
  }
  EXPECT_EQ(written(), "verifying  [########################] 100 %  7 of 7 leaves\r\033[K");
}

TEST_F(ProgressTest, WhatIsDoneAtOnceShowsNothing) {
  {
    Progress progress("verifying", terminal_, clock_);
    now_ += 199ms;
    progress.counting("leaves")(7, 7);
  }
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressTest, ALineThatStaysTakesThePlaceOfTheBar) {
  Progress progress("loading", terminal_, clock_);
  now_ += 1s;
  progress.show(0, 0, [] { return std::string("12 recorded"); });
  terminal_.say("entry 3: refused");
  EXPECT_EQ(written(), "loading  12 recorded\r\033[Kentry 3: refused\n");
}

// In a log it is a line every ten seconds, and nothing that a terminal would obey.
TEST_F(ProgressTest, ElsewhereItIsALineEveryTenSeconds) {
  {
    Progress progress("loading", elsewhere_, clock_);
    for (int second = 1; second <= 25; ++second) {
      now_ += 1s;
      progress.show(0, 0, [&] { return fmt::format("{} s", second); });
    }
  }
  EXPECT_EQ(written(), "loading  10 s\nloading  20 s\n");
}

TEST_F(ProgressTest, ALineIsCutToTheTerminal) {
  terminal_.show(std::string(200, 'x'));
  EXPECT_EQ(written(), std::string(79, 'x'));  // A file has no columns: 80 are taken for granted.
}

TEST_F(ProgressTest, WhatIsSaidIsNotObeyedByATerminal) {
  terminal_.say("first\nsecond \x1b]0;title\x07");
  EXPECT_EQ(written(), "first\nsecond \uFFFD]0;title\uFFFD\n");
}

}  // namespace
}  // namespace teller::cli
