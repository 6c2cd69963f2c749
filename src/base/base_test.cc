// Known answers for the hashes, checksums and encodings that every format stands on.
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace teller {
namespace {

TEST(Crc32c, AgreesWithRfc3720) {
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
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
