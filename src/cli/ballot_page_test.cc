#include "cli/ballot_page.h"

#include <sstream>

#include <gtest/gtest.h>

#include "cli/terminal_text.h"
#include "testing/rules_with.h"

namespace teller::cli {
namespace {

Rules rules_of(const std::string& contest) {
  return rules_with("[" + contest + "]", {.parties = R"([{"id": "greens", "name": "Greens"}])",
                                          .styles = R"([{"id": "all", "cards": [["c"]]}])"});
}

TEST(BallotPage, ShowsWhatAVoterMayDo) {
  const Rules rules = rules_of(R"({"id": "c", "name": "Council", "kind": "plurality", "seats": 2,
"votes_allowed": 2, "write_ins": true, "options": [{"id": "a", "name": "Ada", "parties": ["greens"]},
{"id": "b", "name": "List B", "candidates": [{"id": "x", "name": "Bo"}, {"id": "y", "name": "Cy"}]}]})");
  EXPECT_TRUE(ballot_page(rules, rules.styles[0], 0).ends_with(R"(
Council
Vote for at most 2 · 2 seats

  [ ] Ada · Greens
  [ ] List B (Bo / Cy)
  [ ] ________________________________________ (a name of your own)
  [ ] ________________________________________
)")) << ballot_page(rules, rules.styles[0], 0);
}

TEST(BallotPage, ARankedContestSaysHow) {
  const Rules rules = rules_of(R"({"id": "c", "name": "Chair", "kind": "ranked", "votes_allowed": 3,
"options": [{"id": "a", "name": "Ann"}]})");
  EXPECT_TRUE(ballot_page(rules, rules.styles[0], 0)
                  .contains("Chair\nRank up to 3: 1 is your first choice\n\n  [  ] Ann\n"));
}

// Names of two columns a letter, of 221 letters, without a blank in them: none is wider than the page.
TEST(BallotPage, NoLineIsWiderThanThePageInAnyScript) {
  std::string wide, hebrew;
  for (int i = 0; i < 75; ++i) wide += "選舉區";
  for (int i = 0; i < 40; ++i) hebrew += "בחירות ";
  const Rules rules =
      rules_of(R"({"id": "c", "name": ")" + wide + R"(", "kind": "plurality",
"options": [{"id": "a", "name": ")" +
               std::string(221, 'm') + R"("}, {"id": "b", "name": ")" + hebrew + R"("}]})");
  std::istringstream page(ballot_page(rules, rules.styles[0], 0));
  int lines = 0;
  for (std::string line; std::getline(page, line); ++lines)
    EXPECT_LE(width_of(line), page_columns) << line;
  EXPECT_GT(lines, 14);
}

}  // namespace
}  // namespace teller::cli
