#include "base/hash.h"

#include <memory>

#include <openssl/evp.h>

#include "base/check.h"

namespace teller {
namespace {

// Fetched once: a fetch by name for every hash costs more than the hash, and takes a lock.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  check(algorithm != nullptr, "OpenSSL has SHA-256");
  return algorithm;
}

EVP_MD_CTX* thread_context() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context = [] {
    std::unique_ptr<EVP_MD_CTX, Free> made(EVP_MD_CTX_new());
    check(made && EVP_DigestInit_ex(made.get(), sha256_algorithm(), nullptr) == 1,
          "a SHA-256 context can be made");
    return made;
  }();
  return context.get();
}

// One update a part and no more: most of what is hashed here is small, and calls are what costs.
template <typename... Parts>
Hash hash_of(const Parts&... parts) {
  EVP_MD_CTX* const context = thread_context();
  Hash hash;
  bool good = EVP_DigestInit_ex(context, nullptr, nullptr) == 1;
  ((good = good && EVP_DigestUpdate(context, parts.data(), parts.size()) == 1), ...);
  good = good && EVP_DigestFinal_ex(context, hash.data(), nullptr) == 1;
  check(good, "SHA-256 does not fail");
  return hash;
}

}  // namespace

Hash sha256(ByteView bytes) { return hash_of(bytes); }

Hash sha256(ByteView first, ByteView second) { return hash_of(first, second); }
Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(context_ != nullptr &&
            EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr) == 1,
        "a SHA-256 context can be made");
}

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::update(ByteView bytes) {
  check(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1,
        "SHA-256 does not fail");
}

Hash Sha256::finish() {
  Hash hash;
  check(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), hash.data(), nullptr) == 1,
        "SHA-256 does not fail");
  return hash;
}

}  // namespace teller
