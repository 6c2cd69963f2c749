// SHA-256 (FIPS 180-4), of one piece of bytes or of many.
//
// Pure; safe from any thread. The Merkle tree that is made of it is in log/merkle.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace teller {

using Hash = std::array<std::uint8_t, 32>;

[[nodiscard]] Hash sha256(ByteView bytes);
[[nodiscard]] Hash sha256(ByteView first, ByteView second);  // Of both, one after the other.

// SHA-256 of something too large or too scattered to hold in one piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(ByteView bytes);
  [[nodiscard]] Hash finish();  // Once.

 private:
  void* context_;
};

[[nodiscard]] inline std::string to_hex(const Hash& hash) { return to_hex(ByteView(hash)); }

}  // namespace teller
