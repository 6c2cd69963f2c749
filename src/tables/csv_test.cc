#include "tables/csv.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/utf8.h"

namespace teller {
namespace {

// What a reader makes of `text`: rows as "line: a|b|c", faults as "line! code".
std::vector<std::string> read(std::string_view text, const CsvForm& form = {}) {
  std::string path = testing::TempDir() + "/csv.XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream(path, std::ios::binary) << text;
  CsvReader reader(Reader::open(path, Reader::Text::any).value(), form);
  unlink(path.c_str());
  std::vector<std::string> found;
  CsvRow row;
  for (;;) {
    const auto more = reader.next(row);
    if (more && !*more) return found;
    std::string line = std::to_string(row.line);
    if (more) {
      line += ": ";
      for (std::size_t i = 0; i < row.fields.size(); ++i) {
        line.append(i == 0 ? "" : "|").append(row.fields[i]);
      }
    } else {
      line += "! " + std::string(more.error().code);
      if (!CsvReader::is_row_error(more.error())) return {line};
      EXPECT_NE(more.error().detail.find(fmt::format("line {}", row.line)), std::string::npos);
    }
    found.push_back(line);
  }
}

using Rows = std::vector<std::string>;

TEST(Csv, PlainRowsWithEitherLineEnd) {
  EXPECT_EQ(read("a,b\n1,2\r\n3,4"), (Rows{"1: a|b", "2: 1|2", "3: 3|4"}));
  EXPECT_EQ(read("a;b\n,;\n", {.delimiter = ';'}), (Rows{"1: a|b", "2: ,|"}));
  EXPECT_EQ(read(""), Rows{});
  EXPECT_EQ(read("a"), Rows{"1: a"});
}

TEST(Csv, QuotedFieldsHoldDelimitersLineEndsAndQuotes) {
  EXPECT_EQ(read("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n\"two\nlines\",\"\"\nz,\"\"\"\"\n"),
            (Rows{"1: a|b", "2: x,y|he said \"no\"", "3: two\nlines|", "5: z|\""}));
  EXPECT_EQ(read("a,b\r\n\"1\",\"2\"\r\n"), (Rows{"1: a|b", "2: 1|2"}));
}

TEST(Csv, EmptyLinesArePassedOver) {
  EXPECT_EQ(read("a,b\n\n1,2\n\r\n\n"), (Rows{"1: a|b", "3: 1|2"}));
}

TEST(Csv, RowsWithNothingInThemArePassedOver) {
  EXPECT_EQ(read("a,b\n,\n , \n\"\",\n   \n,,,,\n1,2\n"), (Rows{"1: a|b", "7: 1|2"}));
}

TEST(Csv, AByteOrderMarkInFrontOfALaterRowIsDropped) {
  EXPECT_EQ(read("a,b\n\xEF\xBB\xBF"
                 "1,2\n\xEF\xBB\xBF\"3\",4\n"),
            (Rows{"1: a|b", "2: 1|2", "3: 3|4"}));
}

TEST(Csv, LinesAboveTheHeaderAndThoseThatBeginInAGivenWayAreSkipped) {
  EXPECT_EQ(read("Title \"x\n\na,b\n1,2\nmade by X\n\"made by\",Y\nmade\n",
                 {.header_line = 3, .skip = {"made by"}}),
            (Rows{"3: a|b", "4: 1|2", "7! csv.field_count"}));
  EXPECT_EQ(read("a,b", {.header_line = 3}), Rows{});
}

TEST(Csv, EmptyFieldsBehindTheLastColumnCanBeAllowed) {
  EXPECT_EQ(read("a,b\n1,2,\n3,4,, \n5,6,7\n", {.empty_extra_columns = true}),
            (Rows{"1: a|b", "2: 1|2", "3: 3|4", "4! csv.field_count"}));
}

TEST(Csv, QuotesCanBeCharactersLikeAnyOther) {
  EXPECT_EQ(read("a\tb\n\"Bob\" Moss\t1\"\n", {.delimiter = '\t', .quotes = false}),
            (Rows{"1: a|b", "2: \"Bob\" Moss|1\""}));
}

TEST(Csv, OtherEncodingsAreReadAcrossBlocks) {
  std::string latin = "a,b\n";
  for (int i = 0; i < 200'000; ++i) latin += "Jos\xE9 Mu\xF1oz,1\n";
  const Rows rows = read(latin, {.encoding = "WINDOWS-1252"});
  ASSERT_EQ(rows.size(), 200'001U);
  EXPECT_EQ(rows.back(), "200001: José Muñoz|1");
  std::string wide = "\xFF\xFE";
  for (const char c : std::string_view("a,b\n1,2\n")) wide += {c, '\0'};
  EXPECT_EQ(read(wide), (Rows{"1: a|b", "2: 1|2"}));
  EXPECT_EQ(read("a,b\r1,2\r"), (Rows{"1: a|b", "2: 1|2"}));
  EXPECT_EQ(read("<!DOCTYPE html><p>"), Rows{"1! file.encoding"});
}

TEST(Csv, AByteOrderMarkIsNoPartOfTheFirstName) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\n"),
            Rows{"1: a|b"});
}

TEST(Csv, AFaultNamesItsLineAndTheRowsAroundItAreKept) {
  EXPECT_EQ(read("a,b\n1,2\n3\n4,5,6\n7,8\n"),
            (Rows{"1: a|b", "2: 1|2", "3! csv.field_count", "4! csv.field_count", "5: 7|8"}));
  EXPECT_EQ(read("a,b\n1\"2,3\n4,5\n"), (Rows{"1: a|b", "2! csv.quote_in_field", "3: 4|5"}));
  EXPECT_EQ(read("a,b\n\"1\"2,3\n4,5\n"), (Rows{"1: a|b", "2! csv.text_after_quote", "3: 4|5"}));
  EXPECT_EQ(read("a,b\n1\r2,3\n4,5\n"), (Rows{"1: a|b", "2! csv.carriage_return", "3: 4|5"}));
  EXPECT_EQ(read("é,éé\n1\xC0,3\n4,5\n"), (Rows{"1: é|éé", "2! csv.not_utf8", "3: 4|5"}));
  EXPECT_EQ(read(std::string_view("a,b\n1\0,3\n4,5\n", 13)),
            (Rows{"1: a|b", "2! csv.control_character", "3: 4|5"}));
}

// A stray quote seems to embrace the rows behind it. They must not be lost with it.
TEST(Csv, AStrayQuoteDoesNotSwallowTheRowsBehindIt) {
  EXPECT_EQ(read("a,b\n1,\"2\n3,4\n5,6\n"),
            (Rows{"1: a|b", "2! csv.quote_not_closed", "3: 3|4", "4: 5|6"}));
  EXPECT_EQ(read("a,b\n1,\"2\n3,4\n5,\"6\"\n7,8"),
            (Rows{"1: a|b", "2! csv.text_after_quote", "3: 3|4", "4: 5|6", "5: 7|8"}));

  std::string long_file = "a,b\n1,\"2\n";
  for (int i = 0; i < 400'000; ++i) long_file += "3,4\n";
  const Rows rows = read(long_file);
  EXPECT_EQ(rows.size(), 400'002U);
  EXPECT_EQ(rows[1], "2! csv.row_too_long");
}

TEST(Csv, RowsAcrossBlocksComeWhole) {
  std::string text = "number,text\n";
  Rows expected{"1: number|text"};
  for (int i = 0; i < 30'000; ++i) {
    const std::string number = std::to_string(i);
    text += number + ",\"a \"\"" + number + "\"\"\nb\"\r\n";
    expected.push_back(fmt::format("{}: {}|a \"{}\"\nb", 2 * i + 2, number, number));
  }
  EXPECT_EQ(read(text), expected);
}

TEST(Csv, Utf8IsCheckedToTheLetter) {
  EXPECT_TRUE(is_utf8("連江縣,南竿鄉 é 🗳"));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  for (const std::string_view wrong :
       {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE4\xBA", "\xC3", "12345678\xFF"}) {
    EXPECT_FALSE(is_utf8(wrong)) << testing::PrintToString(wrong);
  }
}

// The rows of a file of tests/suites as JSON has them: a list of objects.
nlohmann::ordered_json as_objects(const std::string& path, const CsvForm& form) {
  CsvReader reader(Reader::open(path, Reader::Text::any).value(), form);
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::string> names;
  CsvRow row;
  for (;;) {
    const auto more = reader.next(row);
    EXPECT_TRUE(more.has_value()) << path << ": " << more.error().detail;
    if (!more || !*more) return objects;
    if (names.empty()) {
      names.assign(row.fields.begin(), row.fields.end());
      continue;
    }
    auto& object = objects.emplace_back(nlohmann::ordered_json::object());
    for (std::size_t i = 0; i < names.size(); ++i) object[names[i]] = row.fields[i];
  }
}

TEST(Csv, OddFilesThatOthersMadeSayWhatTheyMeanThere) {
  const std::filesystem::path suite = TELLER_SOURCE_DIR "/tests/suites/csv-spectrum";
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(suite / "csvs")) {
    const std::string name = file.path().stem();
    CsvForm form;
    form.quotes = name != "location_coordinates";  // Seconds of arc, which nobody put in quotes.
    std::ifstream text(suite / "json" / (name + ".json"));
    const auto answer = nlohmann::ordered_json::parse(text);
    const auto objects = as_objects(file.path(), form);
    ++files;
    // That answer is one of another file: it has another telephone number.
    if (!form.quotes) {
      EXPECT_EQ(objects[0]["Cities"], answer["Cities"]);
      continue;
    }
    EXPECT_EQ(objects, answer) << name;
  }
  EXPECT_EQ(files, 12U);
}

}  // namespace
}  // namespace teller
