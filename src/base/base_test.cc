// Known answers for the hashes, checksums and encodings that every format stands on.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace teller {
namespace {

TEST(Crc32c, AgreesWithRfc3720) {
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
}

// Small pieces have a way of their own; Sha256 is OpenSSL's, whatever the size.
TEST(Sha256, OfAPieceIsThatOfTheParts) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
    Sha256 plain;
    plain.update(bytes);
    EXPECT_EQ(sha256(bytes), plain.finish()) << size;
  }
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
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
