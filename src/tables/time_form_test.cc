// Times as publishers write them.
#include "tables/time_form.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace teller {
namespace {

std::string read(std::string_view form, std::string_view zone, std::string_view text) {
  const auto made = TimeForm::parse(form, zone);
  if (!made) return made.error().detail;
  const auto time = made->read(text);
  return time ? format_utc(*time) : "none";
}

TEST(TimeForm, WithoutAFormItIsRfc3339AndTheZoneIsTheOneThatIsStated) {
  EXPECT_EQ(read("", "", "2024-11-05T20:36:34-08:00"), "2024-11-06T04:36:34.000000Z");
  EXPECT_EQ(read("", "-05:00", "2020-12-02 19:04:28.768000"), "2020-12-03T00:04:28.768000Z");
  EXPECT_EQ(read("", "", "2020-12-02 19:04:28"), "none")
      << "no zone is stated, and none is guessed";
  EXPECT_EQ(read("", "", "yesterday"), "none");
}

TEST(TimeForm, AFormSaysWhereYearAndHourStand) {
  const char* const us = "{M}/{D}/{YYYY} {h}:{mm}:{ss} {AM}";
  EXPECT_EQ(read(us, "-08:00", "11/5/2024 8:36:34 PM"), "2024-11-06T04:36:34.000000Z");
  EXPECT_EQ(read(us, "-08:00", "11/6/2024 12:05:00 am"), "2024-11-06T08:05:00.000000Z");
  EXPECT_EQ(read(us, "-08:00", "11/6/2024 12:05:00 p.m."), "2024-11-06T20:05:00.000000Z");
  EXPECT_EQ(read(us, "-08:00", "11/6/2024 13:05:00 PM"), "none");
  EXPECT_EQ(read(us, "-08:00", "2/30/2024 1:05:00 PM"), "none") << "no calendar has this day";
  EXPECT_EQ(read("{unix}", "", "1604612345"), "2020-11-05T21:39:05.000000Z");
}

TEST(TimeForm, AFilesNameHasATextAroundIt) {
  const char* const name = "results-{YYYY}{MM}{DD}-{hh}{mm}*";
  EXPECT_EQ(read(name, "Z", "results-20260503-2105.csv"), "2026-05-03T21:05:00.000000Z");
  EXPECT_EQ(read(name, "Z", "results-20260503-2105 (1).csv.gz"), "2026-05-03T21:05:00.000000Z");
  EXPECT_EQ(read(name, "Z", "resultsX20260503-2105.csv"), "none");
  EXPECT_EQ(read("a.b({YYYY}{MM}{DD}{hh}{mm})", "Z", "aXb(202605032105)"), "none");
  EXPECT_EQ(read(name, "Z", std::string(400, '1')), "none");
}

TEST(TimeForm, AFormThatSaysTooLittleIsRefused) {
  EXPECT_NE(read("{YYYY}-{MM}-{DD}", "Z", "").find("hour and minute"), std::string::npos);
  EXPECT_NE(read("{YYYY}{MM}{DD}{hh}{mm}", "", "").find("zone"), std::string::npos);
  EXPECT_NE(read("{YYYY}{YYYY}", "Z", "").find("twice"), std::string::npos);
  EXPECT_NE(read("{year}", "Z", "").find("places"), std::string::npos);
  EXPECT_NE(read("{YYYY", "Z", "").find("places"), std::string::npos);
  EXPECT_NE(read("{unix}{YYYY}", "", "").find("enough"), std::string::npos);
  EXPECT_NE(read("", "PST", "").find("zone must be"), std::string::npos);
}

}  // namespace
}  // namespace teller
