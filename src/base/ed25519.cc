#include "base/ed25519.h"

#include <sodium.h>

#include "base/check.h"

namespace teller {

Ed25519Pair::Ed25519Pair(const Ed25519Seed& seed) {
  check(sodium_init() >= 0, "libsodium starts");
  crypto_sign_seed_keypair(public_.data(), secret_.data(), seed.data());
}

Ed25519Pair::~Ed25519Pair() { sodium_memzero(secret_.data(), secret_.size()); }

Ed25519Signature Ed25519Pair::sign(ByteView message) const {
  Ed25519Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.data());
  return signature;
}

bool good_signature(const Ed25519Key& key, ByteView message, const Ed25519Signature& signature) {
  check(sodium_init() >= 0, "libsodium starts");
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace teller
