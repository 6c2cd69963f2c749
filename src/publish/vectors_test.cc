// The digest of schema/entry.md, as a program computed it that knows only the document.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "publish/digest.h"

namespace teller {
namespace {

TEST(DigestVector, TheDigestOfTheseTotalsIsThis) {
  std::ifstream file(std::string(TELLER_SOURCE_DIR) + "/tests/vectors/entry.json");
  const auto vectors = nlohmann::json::parse(file);
  Hash rules{};
  ASSERT_TRUE(from_hex(vectors["rules_hash"].get<std::string>(), rules));
  std::vector<TotalRow> totals;
  bool withheld = false;
  for (const auto& row : vectors["count_steps"]["totals"]) {
    TotalRow& total = totals.emplace_back();
    total.key = {ContestId{row[0]}, row[1], UnitId{row[2]}, MethodId{row[3]}};
    total.total = {row[4], row[5], row[6]};
    withheld = withheld || total.total.withheld > 0;
  }
  ASSERT_TRUE(withheld) << "the vector should hold a withheld figure";
  EXPECT_EQ(to_hex(digest_of(rules, totals)), vectors["count_steps"]["digest"].get<std::string>());

  // Zeros and unknowns are left out, so a store that keeps them has the same digest.
  std::vector<TotalRow> with_zero = totals;
  with_zero.insert(with_zero.begin(), TotalRow{{ContestId{0}, 0, UnitId{0}, MethodId{0}}, {}, 0});
  EXPECT_EQ(digest_of(rules, with_zero), digest_of(rules, totals));
}

}  // namespace
}  // namespace teller
