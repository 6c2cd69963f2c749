// For tests only: a key of a provider of identities, its public half as the provider publishes it, and
// tokens that it signs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ed25519.h"

namespace teller {

[[nodiscard]] inline std::string to_base64url(ByteView bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

class TokenSigner {
 public:
  // `algorithm`: ES256, EdDSA, RS256.
  TokenSigner(std::string id, std::string algorithm, unsigned rsa_bits = 2048)
      : id_(std::move(id)), algorithm_(std::move(algorithm)) {
    if (algorithm_ == "ES256") key_ = EVP_EC_gen("P-256");
    if (algorithm_ == "RS256") key_ = EVP_RSA_gen(rsa_bits);
  }
  ~TokenSigner() { EVP_PKEY_free(key_); }
  TokenSigner(const TokenSigner&) = delete;
  TokenSigner& operator=(const TokenSigner&) = delete;

  // A key of a JSON Web Key Set; `more` are further members: `,"use":"sig"`.
  [[nodiscard]] std::string jwk(std::string_view more = "") const {
    const auto named = [&](std::string_view members) {
      return fmt::format(R"({{"kid":"{}",{}{}}})", id_, members, more);
    };
    if (algorithm_ == "EdDSA") {
      return named(
          fmt::format(R"("kty":"OKP","crv":"Ed25519","x":"{}")", to_base64url(ed25519_.key())));
    }
    if (algorithm_ == "ES256") {
      return named(fmt::format(R"("kty":"EC","crv":"P-256","x":"{}","y":"{}")",
                               number(OSSL_PKEY_PARAM_EC_PUB_X, 32),
                               number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)));
    }
    return named(fmt::format(R"("kty":"RSA","n":"{}","e":"{}")", number(OSSL_PKEY_PARAM_RSA_N),
                             number(OSSL_PKEY_PARAM_RSA_E)));
  }

  // The token that says this, with the header that belongs to it.
  [[nodiscard]] std::string token(std::string_view claims) const {
    return token_of(fmt::format(R"({{"alg":"{}","kid":"{}","typ":"JWT"}})", algorithm_, id_),
                    claims);
  }
  [[nodiscard]] std::string token_of(std::string_view header, std::string_view claims) const {
    const std::string text = to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(claims));
    return text + "." + to_base64url(signature_of(as_bytes(text)));
  }

 private:
  [[nodiscard]] std::string number(const char* name, int width = 0) const {
    BIGNUM* value = nullptr;
    check(EVP_PKEY_get_bn_param(key_, name, &value) == 1, "the key has this number");
    Bytes bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(value)));
    BN_bn2binpad(value, bytes.data(), static_cast<int>(bytes.size()));
    BN_free(value);
    return to_base64url(bytes);
  }

  [[nodiscard]] Bytes signature_of(ByteView text) const {
    if (algorithm_ == "EdDSA") {
      const auto signature = ed25519_.sign(text);
      return {signature.begin(), signature.end()};
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::size_t size = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, nullptr, &size, text.data(), text.size());
    Bytes signature(size);
    EVP_DigestSign(context, signature.data(), &size, text.data(), text.size());
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return algorithm_ == "ES256" ? two_numbers(signature) : signature;
  }

  // As a token has it, of what OpenSSL makes.
  [[nodiscard]] static Bytes two_numbers(const Bytes& der) {
    const unsigned char* at = der.data();
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    Bytes bytes(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes.data() + 32, 32);
    ECDSA_SIG_free(both);
    return bytes;
  }

  std::string id_, algorithm_;
  EVP_PKEY* key_ = nullptr;
  Ed25519Pair ed25519_{{1, 2, 3}};
};

[[nodiscard]] inline std::string key_set(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",") + key;
  return R"({"keys":[)" + text + "]}";
}

}  // namespace teller
