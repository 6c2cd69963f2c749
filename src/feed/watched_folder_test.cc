// Which files of a folder are taken, and when.
#include "feed/watched_folder.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "feed/pauses.h"
#include "testing/folder.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t noon = 1'700'000'000 * second;

class WatchedFolderTest : public testing::Test {
 protected:
  void put(const std::string& name, std::string_view text, std::int64_t modified_at_us) {
    const std::string path = folder.write(name, text);
    const timespec at{modified_at_us / second, modified_at_us % second * 1000};
    const timespec both[] = {at, at};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), both, 0), 0);
  }
  WatchedFolder watched(const std::string& name = "") {
    auto opened = WatchedFolder::open(name.empty() ? folder.path().string() : folder.file(name));
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  static std::vector<std::string> names(const FeedSource::Look& look) {
    std::vector<std::string> all;
    for (const FeedFile& file : look.files) all.push_back(file.name);
    return all;
  }
  using Names = std::vector<std::string>;

  TestFolder folder;
};

TEST_F(WatchedFolderTest, AFileThatStandsStillIsTakenOnceAndAgainWhenItChanges) {
  put("b.csv", "x", noon - 60 * second);
  put("a.csv", "x", noon - 60 * second);
  WatchedFolder watch = watched();
  EXPECT_EQ(names(watch.look(noon)), (Names{"a.csv", "b.csv"}));
  EXPECT_EQ(names(watch.look(noon + second)), Names{});
  put("a.csv", "other", noon - 30 * second);
  const auto look = watch.look(noon + 2 * second);
  EXPECT_EQ(names(look), Names{"a.csv"});
  EXPECT_EQ(look.files[0].modified_at_us, noon - 30 * second);
}

TEST_F(WatchedFolderTest, AFileThatIsStillWrittenWaitsUntilItStandsStill) {
  put("a.csv", "half", noon);
  WatchedFolder watch = watched();
  auto look = watch.look(noon + second);
  EXPECT_TRUE(look.files.empty());
  EXPECT_TRUE(look.is_waiting);
  put("a.csv", "half and more", noon + 2 * second);
  look = watch.look(noon + 3 * second);
  EXPECT_TRUE(look.files.empty() && look.is_waiting);
  look = watch.look(noon + 4 * second);
  EXPECT_EQ(names(look), Names{"a.csv"});
  EXPECT_FALSE(look.is_waiting);
}

// Two machines seldom have one time.
TEST_F(WatchedFolderTest, AFileFromTheFutureIsTakenAfterTwoLooksThatAreAlike) {
  put("a.csv", "x", noon + 3600 * second);
  WatchedFolder watch = watched();
  EXPECT_TRUE(watch.look(noon).is_waiting);
  EXPECT_TRUE(watch.look(noon + second).is_waiting);
  EXPECT_EQ(names(watch.look(noon + 2 * second)), Names{"a.csv"});
}

TEST_F(WatchedFolderTest, WhatItsWriterHasNotFinishedIsPassedOver) {
  for (const char* name : {".a.csv", "a.csv.part", "a.csv.TMP", "~a.xlsx", "a.csv~", "a.csv.swp"})
    put(name, "x", noon - 60 * second);
  std::filesystem::create_directory(folder / "below");
  put("a.csv.gz", "x", noon - 60 * second);
  WatchedFolder watch = watched();
  EXPECT_EQ(names(watch.look(noon)), Names{"a.csv.gz"});
}

TEST_F(WatchedFolderTest, AFileThatChangedMeanwhileIsNotWhatWasGiven) {
  put("a.csv", "x", noon - 60 * second);
  WatchedFolder watch = watched();
  const auto look = watch.look(noon);
  ASSERT_EQ(look.files.size(), 1U);
  EXPECT_TRUE(watch.is_unchanged(look.files[0]));
  put("a.csv", "xy", noon - 60 * second);
  EXPECT_FALSE(watch.is_unchanged(look.files[0]));
  put("a.csv", "x", noon - 60 * second);
  watch.offer_again(look.files[0]);
  EXPECT_EQ(names(watch.look(noon)), Names{"a.csv"});
}

TEST_F(WatchedFolderTest, WhatIsGoneIsSaid) {
  put("a.csv", "x", noon - 60 * second);
  WatchedFolder watch = watched();
  EXPECT_EQ(names(watch.look(noon)), Names{"a.csv"});
  std::filesystem::remove(folder / "a.csv");
  EXPECT_EQ(watch.look(noon).gone, Names{"a.csv"});
  std::filesystem::remove_all(folder.path());
  EXPECT_TRUE(watch.look(noon).trouble);
}

TEST_F(WatchedFolderTest, ASingleFileIsTakenEachTimeThatItIsWrittenAnew) {
  put("a.csv", "x", noon - 60 * second);
  put("b.csv", "x", noon - 60 * second);
  WatchedFolder watch = watched("a.csv");
  EXPECT_EQ(names(watch.look(noon)), Names{"a.csv"});
  put("a.csv", "xy", noon - 50 * second);
  EXPECT_EQ(names(watch.look(noon)), Names{"a.csv"});
  std::filesystem::remove(folder / "a.csv");
  EXPECT_TRUE(watch.look(noon).trouble);
  EXPECT_FALSE(WatchedFolder::open(folder.file("none.csv")));
}

TEST(Pauses, GrowWhileItFailsUpToAMinuteAndAreShortAgain) {
  Pauses pauses(2s);
  EXPECT_EQ(pauses.after(true), 2s);
  EXPECT_EQ(pauses.after(false), 4s);
  EXPECT_EQ(pauses.after(false), 8s);
  for (int i = 0; i < 10; ++i) EXPECT_LE(pauses.after(false), 60s);
  EXPECT_EQ(pauses.after(false), 60s);
  EXPECT_EQ(pauses.after(false, 90s), 90s) << "as the server asks";
  EXPECT_EQ(pauses.after(false, 24h), 600s) << "but not for a night";
  EXPECT_EQ(pauses.after(true), 2s);
  EXPECT_EQ(Pauses(300s).after(false), 300s);
}

}  // namespace
}  // namespace teller
