// A time is read by the letter: what is read is what was written, or nothing.
#include "base/time.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(ParseUtc, GivesBackWhatFormatUtcWrote) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    // From the year 0 to the year 9999.
    const std::int64_t time = std::uniform_int_distribution<std::int64_t>(
        -62'167'219'200'000'000, 253'402'300'799'999'999)(random);
    EXPECT_EQ(parse_utc(format_utc(time)), time) << format_utc(time);
  }
  EXPECT_EQ(parse_utc("2024-02-29T23:59:59.999999Z"), 1'709'251'199'999'999);
}

TEST(ParseUtc, TakesNothingElse) {
  const std::string good = "2024-01-13T08:00:00.000000Z";
  ASSERT_NE(parse_utc(good), 0);
  for (const std::string& text :
       {good + " – certified by the office", good + "\n", good + std::string("\0 more", 6),
        " " + good, good.substr(0, good.size() - 1), good.substr(0, 10), std::string(),
        std::string("2024-13-13T08:00:00.000000Z"), std::string("2024-02-30T08:00:00.000000Z"),
        std::string("2024-00-13T08:00:00.000000Z"), std::string("2024-01-13T24:00:00.000000Z"),
        std::string("2024-01-13T08:60:00.000000Z"), std::string("2024-01-13T08:00:60.000000Z"),
        std::string("2024-01-13 08:00:00.000000Z"), std::string("2024-01-13T08:00:00.00000 Z"),
        std::string("2024-01-13T08:00:00.000000+"), std::string("2024-1-013T08:00:00.000000Z")}) {
    EXPECT_EQ(parse_utc(text), 0) << text;
  }
  // Whatever byte stands in whatever place: either it is written so, or it is none.
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      const std::int64_t time = parse_utc(text);
      EXPECT_TRUE(time == 0 || format_utc(time) == text) << text;
    }
  }
}

}  // namespace
}  // namespace teller
