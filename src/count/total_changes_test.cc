// The totals of a step, held to a plain map.
#include "count/total_changes.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(TotalChanges, AreThoseOfAMap) {
  std::mt19937_64 random(4);
  for (const unsigned cells : {1U, 10U, 5'000U}) {
    TotalChanges totals;
    std::map<TotalKey, Total> plain;
    for (int n = 0; n < 50'000; ++n) {
      const TotalKey key{{static_cast<std::uint32_t>(random() % 3 == 0 ? 0xFFFF : random() % 4)},
                         static_cast<std::uint16_t>(random() % 2 == 0 ? slot::cards : random() % 3),
                         {static_cast<std::uint32_t>(random() % cells)},
                         {static_cast<decltype(MethodId::value)>(random() % 2)}};
      const std::int64_t by = static_cast<std::int64_t>(random() % 3) - 1;
      totals.add(key, by);
      plain[key].value += by;
    }
    std::erase_if(plain, [](const auto& cell) { return cell.second.is_zero(); });
    const std::vector<TotalChange> changes = totals.finish();
    ASSERT_EQ(changes.size(), plain.size());
    auto at = plain.begin();
    for (const TotalChange& change : changes) {
      EXPECT_EQ(change.key, at->first);
      EXPECT_EQ(change.by, at->second);
      ++at;
    }
    EXPECT_TRUE(totals.finish().empty());
  }
}

}  // namespace
}  // namespace teller
