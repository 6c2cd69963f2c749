// Ed25519 (RFC 8032) by libsodium: keys from seeds, signatures, and the one rule by which they are
// accepted. Pure; safe from any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace teller {

using Ed25519Seed = std::array<std::uint8_t, 32>;  // The private key.
using Ed25519Key = std::array<std::uint8_t, 32>;   // The public one.
using Ed25519Signature = std::array<std::uint8_t, 64>;

// The pair that a seed makes; wipes the private half when it goes.
class Ed25519Pair {
 public:
  explicit Ed25519Pair(const Ed25519Seed& seed);
  ~Ed25519Pair();
  Ed25519Pair(const Ed25519Pair&) = delete;
  Ed25519Pair& operator=(const Ed25519Pair&) = delete;

  [[nodiscard]] const Ed25519Key& key() const { return public_; }
  [[nodiscard]] Ed25519Signature sign(ByteView message) const;

 private:
  std::array<std::uint8_t, 64> secret_{};
  Ed25519Key public_{};
};

// The one rule by which Ed25519 signatures are accepted: RFC 8032 without the cofactor, S below the
// group's order, and neither the key nor R of small order or written in a second way. All verifiers
// of Teller agree on it; implementations of Ed25519 do not (tests/vectors/ed25519).
[[nodiscard]] bool good_signature(const Ed25519Key& key, ByteView message,
                                  const Ed25519Signature& signature);

}  // namespace teller
