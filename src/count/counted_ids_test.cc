// The set of counted ids, held to a plain map.
#include "count/counted_ids.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace teller {
namespace {

EntryId random_id(std::mt19937_64& random) {
  std::array<std::uint8_t, 16> bytes;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return make_uuid(bytes, 4);
}

HalfHash hash_numbered(std::uint64_t number) {
  HalfHash hash{};
  std::memcpy(hash.data(), &number, sizeof number);
  return hash;
}

// A set beside a map: what goes in, what is in already and what is taken back.
struct BothSets {
  CountedIds ids;
  std::map<EntryId, HalfHash> plain;

  void insert(const EntryId& id, const HalfHash& hash) {
    const HalfHash* stood = ids.insert(id, hash);
    const auto [at, added] = plain.try_emplace(id, hash);
    ASSERT_EQ(stood == nullptr, added);
    if (stood != nullptr) {
      ASSERT_EQ(*stood, at->second);
    }
    ASSERT_EQ(ids.size(), plain.size());
  }
  void take_back(const std::vector<EntryId>& gone) {
    ids.take_back(gone);
    for (const EntryId& id : gone) plain.erase(id);
    ASSERT_EQ(ids.size(), plain.size());
  }
  // Each is in, with its own hash; this puts nothing in.
  void all_are_in() {
    for (const auto& [id, hash] : plain) {
      const HalfHash* stood = ids.insert(id, {});
      ASSERT_NE(stood, nullptr);
      ASSERT_EQ(*stood, hash);
    }
    ASSERT_EQ(ids.size(), plain.size());
  }
};

TEST(CountedIds, HoldsWhatAMapHolds) {
  std::mt19937_64 random(1);
  BothSets both;
  std::vector<EntryId> known, open;
  for (std::uint64_t n = 0; n < 100'000; ++n) {
    const bool again = !known.empty() && random() % 8 == 0;
    const EntryId id = again ? known[random() % known.size()] : random_id(random);
    if (!again) open.push_back(id);
    ASSERT_NO_FATAL_FAILURE(both.insert(id, hash_numbered(n)));
    if (random() % 3'000 != 0) continue;
    // A step ends: the store took it, or it did not.
    if (random() % 3 == 0) {
      ASSERT_NO_FATAL_FAILURE(both.take_back(open));
    } else {
      known.insert(known.end(), open.begin(), open.end());
    }
    open.clear();
  }
  both.all_are_in();
}

// All 128 bits count, wherever two ids differ.
TEST(CountedIds, IdsThatDifferInOneBitAreTwo) {
  std::mt19937_64 random(2);
  const EntryId id = random_id(random);
  BothSets both;
  both.insert(id, hash_numbered(0));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    EntryId other = id;
    other.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (is_v4_or_v8(other)) both.insert(other, hash_numbered(bit + 1));
  }
  EXPECT_GT(both.plain.size(), 120U);
  both.all_are_in();
}

TEST(CountedIds, TakesFewBytesAnIdWhateverItsSize) {
  std::mt19937_64 random(3);
  CountedIds ids;
  double most = 0;
  for (std::size_t n = 0; n < 1'000'000; ++n) {
    ASSERT_EQ(ids.insert(random_id(random), {}), nullptr);
    if (n >= 200'000) {
      most = std::max(most, static_cast<double>(ids.bytes()) / static_cast<double>(ids.size()));
    }
  }
  EXPECT_LT(most, 45.0);
}

TEST(CountedIds, IdsOfTheSameBeginningAreFound) {
  BothSets both;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(n >> (8 * i));
    ASSERT_NO_FATAL_FAILURE(both.insert(make_uuid(bytes, 8), hash_numbered(n)));
  }
  both.all_are_in();
}

}  // namespace
}  // namespace teller
