#include "entering/entered_sheets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "testing/folder.h"
#include "testing/rules_with.h"

namespace teller {
namespace {

class EnteredSheetsTest : public ::testing::Test {
 protected:
  [[nodiscard]] static EnteredSheet with_everything() {
    EnteredSheet sheet{.key = {UnitId{1}, MethodId{0}, ContestId{0}}};
    sheet.changes = 7;
    sheet.first =
        Typing{"one", 1'000'000, {{0, Figure::of(12)}, {slot::cards, Figure::withheld()}}};
    sheet.second = Typing{"two", 2'000'000, {{1, Figure::of(3)}}};
    sheet.retyped.push_back({1, Figure{}, {"chair", "not legible", 3'000'000}});
    sheet.explained.push_back(
        {CheckKind::blank_share, "North: much", {"chair", "the school voted", 4'000'000}});
    sheet.seen = {"chair", "deputy"};
    sheet.correction = "counted again";
    sheet.ready = DoneBy{"chair", "typed", 5'000'000};
    sheet.brought = Brought{3, "updated", "as it was", true, 6'000'000};
    return sheet;
  }

  const Rules rules = rules_with(R"([{"id": "mayor", "name": "Mayor", "kind": "plurality",
    "counted_from": "sheets", "options": [{"id": "ada"}, {"id": "bell"}]}])");
  TestFolder folder;
};

TEST_F(EnteredSheetsTest, WhatIsKeptIsReadAsItWas) {
  const EnteredSheet sheet = with_everything();
  const std::string text = to_text(sheet, rules);
  const auto read = parse_entered_sheet(text, "a file", rules);
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(to_text(*read, rules), text);
  EXPECT_EQ(read->first->figures, sheet.first->figures);
  EXPECT_EQ(read->seen, sheet.seen);
  EXPECT_EQ(read->brought->delivery, 3U);
}

TEST_F(EnteredSheetsTest, WhatWasPutIsThereWhenTheFolderIsOpenedAgain) {
  const auto place = folder.path() / "entered";
  {
    auto sheets = EnteredSheets::open(place, rules);
    ASSERT_TRUE(sheets);
    EXPECT_TRUE(sheets->all().empty());
    ASSERT_TRUE(sheets->put(with_everything()));
    ASSERT_NE(sheets->find(with_everything().key), nullptr);
  }
  auto again = EnteredSheets::open(place, rules);
  ASSERT_TRUE(again) << to_text(again.error());
  ASSERT_EQ(again->all().size(), 1U);
  EXPECT_EQ(again->find(with_everything().key)->changes, 7U);
  for (const auto& file : std::filesystem::directory_iterator(place)) {
    struct stat is{};
    ASSERT_EQ(::stat(file.path().c_str(), &is), 0);
    EXPECT_EQ(is.st_mode & 0777, 0600U);
  }
  ASSERT_TRUE(EnteredSheets::remove(place));
  ASSERT_TRUE(EnteredSheets::remove(place));
  EXPECT_FALSE(std::filesystem::exists(place));
}

TEST_F(EnteredSheetsTest, AFileThatCannotBeReadIsNamed) {
  const auto place = folder.path() / "entered";
  auto sheets = EnteredSheets::open(place, rules);
  ASSERT_TRUE(sheets && sheets->put(with_everything()));
  const auto file = std::filesystem::directory_iterator(place)->path();
  const std::string good = *read_file(file);
  const auto refused = [&](const std::string& text) {
    EXPECT_TRUE(write_file(file, as_bytes(text), 0600));
    const auto opened = EnteredSheets::open(place, rules);
    return !opened && opened.error().code == Code("entering.file_invalid") &&
           opened.error().detail.find(file.filename().string()) != std::string::npos;
  };
  EXPECT_TRUE(refused(good.substr(0, good.size() / 2)));
  for (const auto& [from, to] :
       {std::pair{"\"ada\": 12", "\"ada\": -1"}, std::pair{"\"ada\": 12", "\"cruz\": 12"},
        std::pair{"\"ada\": 12", "\"ada\": 12, \"ada\": 13"},
        std::pair{"blank_share", "blank_hair"}, std::pair{"\"first\"", "\"third\""},
        std::pair{"\"north\"", "\"south\""}, std::pair{"sheet/1", "sheet/2"},
        std::pair{"1970-01-01T00:00:01.000000Z", "yesterday"}}) {
    std::string wrong = good;
    const std::size_t at = wrong.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    wrong.replace(at, std::string_view(from).size(), to);
    EXPECT_TRUE(refused(wrong)) << to;
  }
  EXPECT_FALSE(refused(good));
}

}  // namespace
}  // namespace teller
