// The keys of a provider of identities, as it publishes them (a JSON Web Key Set, RFC 7517), and the
// signatures that they check.
//
// What always holds: there are three algorithms and no other, and a key checks the one that its own
// type is for, whatever a token says: ES256 (EC P-256), EdDSA (Ed25519), RS256 (RSA of 2048 to 8192
// bits). What is for something else (encryption, other curves, secrets), is too weak, or shares its
// name with another key is left out, with the reason. A key that has no name is of no use here.
//
// A value; any thread may ask it. The only place where a key or a signature of a token meets OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "election/json_tree.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace teller {

// RFC 7515: no padding, and one spelling a value. Errors: reject base64.invalid.
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

enum class TokenAlgorithm : std::uint8_t { es256, eddsa, rs256 };
[[nodiscard]] std::string_view to_text(TokenAlgorithm algorithm);
[[nodiscard]] std::optional<TokenAlgorithm> token_algorithm_named(std::string_view text);

class JsonWebKey {
 public:
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] TokenAlgorithm algorithm() const { return algorithm_; }
  // `signature` as a token has it: of ES256 the two numbers one after the other, 64 bytes.
  [[nodiscard]] bool good_signature(ByteView message, ByteView signature) const;

 private:
  friend class JsonWebKeys;
  // Errors: reject persons.keys, with why this key is left out.
  [[nodiscard]] static Result<JsonWebKey> read(const JsonValue& json);

  std::string id_;
  TokenAlgorithm algorithm_ = TokenAlgorithm::es256;
  Ed25519Key ed25519_{};
  std::shared_ptr<evp_pkey_st> key_;  // Of the other two; nobody changes it.
};

class JsonWebKeys {
 public:
  static constexpr std::size_t bytes_max = std::size_t{256} << 10;
  static constexpr std::size_t keys_max = 100;

  // Errors: reject persons.keys (no JSON, no list of keys, too many); a key that cannot be used is
  // none of them.
  [[nodiscard]] static Result<JsonWebKeys> parse(std::string_view text);

  [[nodiscard]] const JsonWebKey* find(std::string_view id) const;
  // Why a key of this name, which is there, is not used; empty: there is none.
  [[nodiscard]] std::string_view why_left_out(std::string_view id) const;
  // In the order of the text.
  [[nodiscard]] const std::vector<JsonWebKey>& all() const { return keys_; }

 private:
  struct LeftOut {
    std::string id, why;
  };
  std::vector<JsonWebKey> keys_;
  std::vector<LeftOut> left_out_;
};

}  // namespace teller
