#include "entering/entered_sheets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "entering/entered_files.h"
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
    EnteredFiles files(place);
    EnteredSheets sheets(files, rules);
    ASSERT_TRUE(sheets.look());
    EXPECT_TRUE(sheets.all().empty());
    ASSERT_EQ(sheets.put(with_everything()), Result<bool>(true));
    ASSERT_NE(sheets.find(with_everything().key), nullptr);
  }
  EnteredFiles files(place);
  EnteredSheets again(files, rules);
  const auto looked = again.look();
  ASSERT_TRUE(looked) << to_text(looked.error());
  ASSERT_EQ(again.all().size(), 1U);
  EXPECT_EQ(again.find(with_everything().key)->changes, 7U);
  EXPECT_EQ(again.open_sheets(), 0U) << "it was delivered";
  for (const auto& file : std::filesystem::directory_iterator(place)) {
    struct stat is{};
    ASSERT_EQ(::stat(file.path().c_str(), &is), 0);
    EXPECT_EQ(is.st_mode & 0777, 0600U);
  }
  ASSERT_TRUE(EnteredFiles::remove(place));
  ASSERT_TRUE(EnteredFiles::remove(place));
  EXPECT_FALSE(std::filesystem::exists(place));
}

// As two processes over one table do, where the turn of one is lost without its knowing.
TEST_F(EnteredSheetsTest, NobodyReplacesASheetThatHeHasNotSeen) {
  EnteredFiles files(folder.path() / "entered");
  EnteredSheets one(files, rules), other(files, rules);
  ASSERT_TRUE(one.look() && other.look());
  EnteredSheet sheet{.key = {UnitId{1}, MethodId{0}, ContestId{0}}};
  sheet.first = Typing{"one", 1'000'000, {{0, Figure::of(12)}}};
  ASSERT_EQ(one.put(sheet), Result<bool>(true));
  EnteredSheet second = sheet;
  second.first->by = "two";
  EXPECT_EQ(other.put(second), Result<bool>(false)) << "the first typing would be lost";
  ASSERT_TRUE(other.look());
  EXPECT_EQ(other.find(sheet.key)->first->by, "one");
  EXPECT_EQ(other.open_sheets(), 1U);
  EXPECT_EQ(other.put(second), Result<bool>(true));
  EXPECT_EQ(one.put(sheet), Result<bool>(false));
  ASSERT_TRUE(one.look());
  EXPECT_EQ(one.find(sheet.key)->first->by, "two");
}

// What a keeping says of a row: one that was changed past the program is named.
class ToldRows final : public EnteredRows {
 public:
  std::string called(const std::string& place) const override { return "row " + place; }
  Result<std::vector<EnteredRow>> entered(bool with_texts) override {
    std::vector<EnteredRow> told = rows;
    for (EnteredRow& row : told) {
      if (!with_texts) row.text.clear();
    }
    return told;
  }
  Result<std::optional<EnteredRow>> read_entered(const std::string& place) override {
    for (const EnteredRow& row : rows) {
      if (row.place == place) return row;
    }
    return std::optional<EnteredRow>();
  }
  Result<bool> put_entered(const EnteredRow& row, const std::optional<Hash>&) override {
    rows.push_back(row);
    return true;
  }
  std::vector<EnteredRow> rows;
};

TEST_F(EnteredSheetsTest, ARowThatWasChangedPastTheProgramIsNamed) {
  ToldRows rows;
  EnteredSheets writes(rows, rules), reads(rows, rules);
  ASSERT_EQ(writes.put(with_everything()), Result<bool>(true));
  ASSERT_TRUE(reads.look());
  const EnteredRow good = rows.rows.front();
  const auto refused = [&](EnteredRow wrong, EnteredSheets& sheets) {
    rows.rows = {std::move(wrong)};
    const auto looked = sheets.look();
    return !looked && looked.error().code == Code("entering.file_invalid") &&
           looked.error().detail.starts_with("row ");
  };
  EnteredRow other_text = good, other_place = good, other_word = good, both = good;
  other_text.text.replace(other_text.text.find("12"), 2, "13");
  other_place.place = std::string(32, '0');
  other_word.is_open = !*good.is_open;
  both.text = other_text.text;
  both.version = sha256(as_bytes(both.text));
  EnteredSheets anew(rows, rules);
  EXPECT_TRUE(refused(other_text, anew));
  EXPECT_TRUE(refused(other_place, anew));
  EXPECT_TRUE(refused(other_word, anew));
  EXPECT_TRUE(refused(other_word, reads)) << "also of one that was read before";
  EXPECT_FALSE(refused(both, reads))
      << "who writes the hash too is not found: docs/threat-model.md";
  EXPECT_FALSE(refused(good, reads));
  rows.rows.clear();
  ASSERT_TRUE(reads.look());
  EXPECT_TRUE(reads.all().empty());
}

TEST_F(EnteredSheetsTest, AFileThatCannotBeReadIsNamed) {
  const auto place = folder.path() / "entered";
  EnteredFiles files(place);
  EnteredSheets sheets(files, rules);
  ASSERT_EQ(sheets.put(with_everything()), Result<bool>(true));
  const auto file = std::filesystem::directory_iterator(place)->path();
  const std::string good = *read_file(file);
  const auto refused = [&](const std::string& text) {
    EXPECT_TRUE(write_file(file, as_bytes(text), 0600));
    EnteredFiles read(place);
    EnteredSheets opened(read, rules);
    const auto looked = opened.look();
    return !looked && looked.error().code == Code("entering.file_invalid") &&
           looked.error().detail.find(file.filename().string()) != std::string::npos;
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
