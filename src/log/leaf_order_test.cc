#include "log/leaf_order.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace teller {
namespace {

// What stands in the order that is held to the test, and the plain version of it.
std::vector<Hash> in_order(const std::vector<Hash>& hashes) {
  std::vector<Hash> result;
  for (const std::uint32_t at : leaf_order(hashes)) result.push_back(hashes.at(at));
  return result;
}
std::vector<Hash> plainly(std::vector<Hash> hashes) {
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

// Hashes that begin with `alike` equal bytes.
std::vector<Hash> hashes(std::mt19937_64& random, std::size_t number, std::size_t alike) {
  std::vector<Hash> made(number);
  for (Hash& hash : made) {
    for (std::size_t i = 0; i < hash.size(); ++i)
      hash[i] = i < alike ? 0xA5 : static_cast<std::uint8_t>(random());
  }
  return made;
}

TEST(LeafOrder, IsThatOfThePlainSort) {
  std::mt19937_64 random(1);
  for (const std::size_t number : {0U, 1U, 2U, 3U, 100U, 5'000U, 70'000U}) {
    for (const std::size_t alike : {0U, 1U, 7U, 8U, 9U, 31U, 32U}) {
      const auto made = hashes(random, number, alike);
      EXPECT_EQ(in_order(made), plainly(made)) << number << " that share " << alike << " bytes";
    }
  }
}

TEST(LeafOrder, EndsOfTheRangeHaveTheirPlace) {
  Hash least{}, most{};
  most.fill(0xFF);
  Hash high_bit{};
  high_bit[0] = 0x80;
  EXPECT_EQ(leaf_order(std::vector{most, least, high_bit}), (std::vector<std::uint32_t>{1, 2, 0}));
}

}  // namespace
}  // namespace teller
