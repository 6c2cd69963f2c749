#include "cli/table.h"

#include <gtest/gtest.h>

#include "base/grouped.h"
#include "cli/terminal_text.h"

namespace teller::cli {
namespace {

TEST(Table, NumbersStandOnTheRightAndNamesOnTheLeft) {
  EXPECT_EQ(table({"Option", "Votes>"}, {{"Ada", "1,204"}, {"Bell the Elder", "7"}}),
            "Option          Votes\n"
            "─────────────────────\n"
            "Ada             1,204\n"
            "Bell the Elder      7\n");
}

// 臺北市 is three characters, nine bytes and six columns.
TEST(Table, EastAsianNamesTakeTwoColumnsACharacter) {
  EXPECT_EQ(table({"單位", "票>"}, {{"臺北市", "12"}, {"abc", "3"}, {"서울", "4"}, {"ｱ", "5"}}),
            "單位    票\n"
            "──────────\n"
            "臺北市  12\n"
            "abc      3\n"
            "서울     4\n"
            "ｱ        5\n");
}

TEST(Table, AMarkOnTheCharacterBeforeItTakesNoColumn) {
  EXPECT_EQ(width_of("e\u0301"), 1U);  // é of two code points.
  EXPECT_EQ(width_of("\u00e9"), 1U);
}

TEST(Table, ALongNameMovesTheOtherColumnsAndIsNotCut) {
  const std::string name(300, 'x');
  const std::string text = table({"Name", "Votes>"}, {{name, "1"}, {"y", "2"}});
  EXPECT_TRUE(text.contains(name + "      1\n")) << text;
  EXPECT_TRUE(text.contains("y" + std::string(305, ' ') + "2\n")) << text;
}

TEST(Table, NoRowsIsAHeadAndALine) { EXPECT_EQ(table({"A", "B>"}, {}), "A  B\n────\n"); }

// A name is what somebody sent. On a terminal it could take a line away, or write another number.
TEST(Table, NothingInACellIsObeyedByATerminal) {
  const std::string text = table({"Option", "Votes>"}, {{"Ada\x1b[2K\r\nBell", "7"},
                                                        {"\u202e7,1\u2066\u200f", "8"},
                                                        {"\u009b31m", "9"},
                                                        {"\xff\xc3\x7f", "10"}});
  EXPECT_EQ(text,
            "Option         Votes\n"
            "────────────────────\n"
            "Ada\uFFFD[2K\uFFFD\uFFFDBell      7\n"
            "\uFFFD7,1\uFFFD\uFFFD             8\n"
            "\uFFFD31m               9\n"
            "\uFFFD\uFFFD\uFFFD               10\n");
}

TEST(Printable, TextThatIsCleanStaysAsItIs) {
  const std::string text = "臺北市, Zürich, e\u0301, نیم\u200cرخ, 🗳 — “x”";
  EXPECT_EQ(printable_line(text), text);
  EXPECT_EQ(printable("a\n\tb"), "a\n\tb");
  EXPECT_EQ(printable_line("a\n\tb"), "a\uFFFD\uFFFDb");
}

TEST(Printable, ATextIsCutBetweenCharactersAndNeverWider) {
  EXPECT_EQ(cut_to_width("臺北市", 6), "臺北市");
  EXPECT_EQ(cut_to_width("臺北市", 5), "臺北");
  EXPECT_EQ(cut_to_width("ab", 0), "");
}

TEST(Grouped, ThousandsAreSetApart) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(13'947'506), "13,947,506");
}

TEST(CsvLine, ACellIsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_line({"", "a,b", "say \"x\"", "c"}), ",\"a,b\",\"say \"\"x\"\"\",c\n");
}

TEST(CsvLine, ATextIsNoFormulaInASpreadsheetAndANumberStaysOne) {
  EXPECT_EQ(csv_line({"=1+1", "+Ada", "-x,y", "@SUM(A1)", "\t=1", "-3", "+0.5 %", "-", "a=b"}),
            "'=1+1,'+Ada,\"'-x,y\",'@SUM(A1),'\t=1,-3,+0.5 %,-,a=b\n");
}

}  // namespace
}  // namespace teller::cli
