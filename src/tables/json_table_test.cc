// Results in JSON, as the rows that a mapping reads.
#include "tables/json_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller {
namespace {

std::string csv(std::string_view text, std::vector<std::string> records = {}) {
  const auto made = json_as_csv(text, {.is_used = true, .records = std::move(records)});
  return made ? *made : to_text(made.error());
}

TEST(JsonTable, AListOfRecordsIsARowEach) {
  EXPECT_EQ(csv(R"([{"unit":"P1","votes":12},{"votes":3,"unit":"P, 2","note":null}])"),
            "unit,votes,note\nP1,12,\n\"P, 2\",3,\n");
}

TEST(JsonTable, WhatStandsAroundTheRecordsIsAColumnAlsoBehindThem) {
  EXPECT_EQ(
      csv(R"({"Data":[{"ID":1,"Value":20},{"ID":2,"Value":7}],"TimeStamp":"8:36"})", {"Data"}),
      "ID,Value,/TimeStamp\n1,20,8:36\n2,7,8:36\n");
  EXPECT_EQ(csv(R"({"races":[{"name":"Mayor","counties":[{"id":"a","v":{"mail":1,"poll":2}}],
                              "end":true}]})",
                {"races", "counties"}),
            "id,v/mail,v/poll,/races/name,/races/end\na,1,2,Mayor,true\n");
}

TEST(JsonTable, AStarIsEachMemberAndItsNameIsAColumn) {
  EXPECT_EQ(csv(R"({"units":{"P1":{"results":{"ada":5,"ben":6}},"P2":{"results":{"ada":7}}}})",
                {"units", "*", "results", "*"}),
            "value,/units/*,/units/*/results/*\n5,P1,ada\n6,P1,ben\n7,P2,ada\n");
}

TEST(JsonTable, AnObjectOnEachLineIsAListOfThem) {
  EXPECT_EQ(csv("{\"unit\":\"P1\",\"votes\":12}\r\n\n{\"unit\":\"P2\",\"votes\":3}\n"),
            "unit,votes\nP1,12\nP2,3\n");
  EXPECT_NE(csv("{\"votes\":12}\n{\"votes\":1}\n{\"votes\" 3}\n").find("line 3"),
            std::string::npos);
  EXPECT_NE(csv("{\"votes\":12}\nvotes").find("file.damaged"), std::string::npos);
}

TEST(JsonTable, NumbersAreAsTheyAreWritten) {
  EXPECT_EQ(csv(R"([{"a":-3,"b":1234.0,"c":1e3,"d":18446744073709551615}])"),
            "a,b,c,d\n-3,1234.0,1e3,18446744073709551615\n");
}

TEST(JsonTable, WhatIsCutOffOrSomethingElseIsRefused) {
  EXPECT_NE(csv(R"([{"a":1},{"a":)").find("file.damaged"), std::string::npos);
  EXPECT_NE(csv("<html>").find("file.damaged"), std::string::npos);
  EXPECT_NE(csv("").find("file.damaged"), std::string::npos);
  EXPECT_NE(csv(R"([{"a":1,"a":2}])").find("stands twice"), std::string::npos);
  EXPECT_NE(csv(R"({"data":[]})", {"Data"}).find("import.column_missing"), std::string::npos);
  EXPECT_NE(csv(std::string(100, '[')).find("deep"), std::string::npos);
}

TEST(JsonTable, AFileThatWouldGrowWithoutMeasureIsRefused) {
  std::string wide, many = "1";
  for (int i = 0; i < 1'001; ++i) wide += fmt::format("{}\"{}\":1", i > 0 ? "," : "", i);
  EXPECT_NE(csv("[{" + wide + "}]").find("file.too_large"), std::string::npos);
  for (int i = 0; i < 300; ++i) many += ",1";
  const std::string long_text(1 << 20, 'x');
  EXPECT_NE(
      csv(fmt::format(R"({{"x":"{}","r":[{}]}})", long_text, many), {"r"}).find("file.too_large"),
      std::string::npos);
}

}  // namespace
}  // namespace teller
