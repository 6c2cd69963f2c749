// Known answers for the hashes, checksums and encodings that every format stands on.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace teller {
namespace {

// RFC 6962 section 2.1 gives no numbers; these are Certificate Transparency's own test data.
TEST(CompactRange, AgreesWithTheEightLeafExampleOfRfc6962) {
  const std::vector<std::string> leaves{"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};
  CompactRange range;
  EXPECT_EQ(to_hex(range.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const std::string& leaf : leaves) {
    Bytes bytes(leaf.size() / 2);
    ASSERT_TRUE(from_hex(leaf, bytes));
    range.append(leaf_hash(bytes));
  }
  EXPECT_EQ(to_hex(range.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Crc32c, AgreesWithRfc3720) {
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
}

// The values of Kafka's own UtilsTest, so that a Java producer and we choose the same partition.
TEST(Murmur2, AgreesWithKafka) {
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("21"))), -973932308);
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("foobar"))), -790332482);
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("a-little-bit-long-string"))), -985981536);
  EXPECT_EQ(static_cast<std::int32_t>(
                murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"))),
            -58897971);
}

TEST(Base64, HasOneSpellingAValue) {
  EXPECT_EQ(to_base64(as_bytes("ab")), "YWI=");
  EXPECT_EQ(*from_base64("YWI="), Bytes({'a', 'b'}));
  EXPECT_FALSE(from_base64("YWJ="));  // Bits that no byte holds.
  EXPECT_FALSE(from_base64("YW"));
}

TEST(ByteReader, NeverReadsPastTheEnd) {
  const Bytes three{1, 2, 3};
  ByteReader in(three);
  EXPECT_EQ(in.u32(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0U);
  EXPECT_FALSE(in.done());
}

}  // namespace
}  // namespace teller
