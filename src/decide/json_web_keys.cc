#include "decide/json_web_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/freed_by.h"
#include "base/utf8.h"

namespace teller {
namespace {

constexpr std::array<std::string_view, 3> algorithm_names{"ES256", "EdDSA", "RS256"};
constexpr std::size_t key_id_bytes_max = 200;
constexpr int rsa_bits_min = 2048, rsa_bits_max = 8192;
constexpr unsigned long rsa_exponent_min = 65537;
constexpr std::size_t p256_bytes = 32;

using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>>;

std::unexpected<Error> left_out(std::string why) {
  return fail(Remedy::reject, "persons.keys", std::move(why));
}

std::string_view text_of(const JsonValue& json, std::string_view member) {
  const auto found = json.find(member);
  return found ? found->text() : std::string_view();
}

bool has_member(const JsonValue& json, std::string_view member) {
  return json.find(member).has_value();
}

Number to_number(const Bytes& bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

// Whether it is one of the moduli that a library for smart cards made of powers of 65537 (ROCA,
// CVE-2017-15361): their factors can be found.
bool is_of_weak_cards(const BIGNUM* modulus) {
  constexpr std::array<unsigned, 16> primes{11, 13, 17, 19,  37,  53,  61,  71,
                                            73, 79, 97, 103, 107, 109, 127, 151};
  return std::ranges::all_of(primes, [&](unsigned prime) {
    const auto remainder = static_cast<unsigned>(BN_mod_word(modulus, prime));
    unsigned power = 1;
    for (unsigned i = 0; i < prime; ++i, power = power * 65537U % prime) {
      if (power == remainder) return true;
    }
    return false;
  });
}

std::shared_ptr<EVP_PKEY> key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  // That a point lies on its curve is looked at in here.
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;

Result<std::shared_ptr<EVP_PKEY>> read_p256(const JsonValue& json) {
  const auto x = from_base64url(text_of(json, "x")), y = from_base64url(text_of(json, "y"));
  if (!x || !y || x->size() != p256_bytes || y->size() != p256_bytes) {
    return left_out("its point is not written as 32 bytes each");
  }
  Bytes point{4};  // Not compressed.
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  auto key = key_from("EC", builder.get());
  if (!key) return left_out("its point is none of the curve P-256");
  return key;
}

Result<std::shared_ptr<EVP_PKEY>> read_rsa(const JsonValue& json) {
  const auto modulus = from_base64url(text_of(json, "n"));
  const auto exponent = from_base64url(text_of(json, "e"));
  if (!modulus || !exponent || modulus->size() > 2 * rsa_bits_max / 8 || exponent->size() > 8) {
    return left_out("its numbers cannot be read");
  }
  const Number n = to_number(*modulus), e = to_number(*exponent);
  const int bits = BN_num_bits(n.get());
  if (bits < rsa_bits_min || bits > rsa_bits_max) {
    return left_out(
        fmt::format("it has {} bits, and {} to {} are taken", bits, rsa_bits_min, rsa_bits_max));
  }
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_get_word(e.get()) < rsa_exponent_min) {
    return left_out(fmt::format("its exponent is less than {}, or even", rsa_exponent_min));
  }
  if (is_of_weak_cards(n.get())) {
    return left_out("a smart card made it in a way that gives its factors away (CVE-2017-15361)");
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  auto key = key_from("RSA", builder.get());
  if (!key) return left_out("its numbers are no key");
  return key;
}

Result<TokenAlgorithm> algorithm_of(const JsonValue& json) {
  const std::string_view type = text_of(json, "kty"), curve = text_of(json, "crv");
  std::optional<TokenAlgorithm> found;
  if (type == "EC" && curve == "P-256") found = TokenAlgorithm::es256;
  if (type == "OKP" && curve == "Ed25519") found = TokenAlgorithm::eddsa;
  if (type == "RSA") found = TokenAlgorithm::rs256;
  if (!found) return left_out("it is neither EC P-256 nor Ed25519 nor RSA");
  if (has_member(json, "alg") && text_of(json, "alg") != to_text(*found)) {
    return left_out(fmt::format("it is for another algorithm than {}", to_text(*found)));
  }
  if (has_member(json, "use") && text_of(json, "use") != "sig") {
    return left_out("it is not for signatures");
  }
  if (const auto uses = json.find("key_ops")) {
    bool verifies = false;
    uses->for_each([&](std::size_t, const JsonValue& use) { verifies |= use.text() == "verify"; });
    if (!verifies) return left_out("it is not for checking signatures");
  }
  if (has_member(json, "d")) return left_out("its private half is there for everybody to read");
  return *found;
}

// Of ES256, as OpenSSL reads it; empty if there is none such.
Bytes to_der(ByteView signature) {
  const std::unique_ptr<ECDSA_SIG, FreedBy<ECDSA_SIG_free>> both(ECDSA_SIG_new());
  const ByteView r = signature.first(p256_bytes), s = signature.last(p256_bytes);
  ECDSA_SIG_set0(both.get(), BN_bin2bn(r.data(), p256_bytes, nullptr),
                 BN_bin2bn(s.data(), p256_bytes, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> held(
      der);
  return {der, der + size};
}

bool verifies(EVP_PKEY* key, ByteView message, ByteView signature) {
  const std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  // RSA: PKCS #1 1.5, which is what RS256 means and OpenSSL's own choice.
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace

Result<Bytes> from_base64url(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '+' || c == '/' || c == '=') {
      return fail(Remedy::reject, "base64.invalid", "not base64url");
    }
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  plain.append((4 - plain.size() % 4) % 4, '=');
  return from_base64(plain);
}

std::string_view to_text(TokenAlgorithm algorithm) {
  return algorithm_names.at(static_cast<std::size_t>(algorithm));
}

std::optional<TokenAlgorithm> token_algorithm_named(std::string_view text) {
  const auto* const found = std::ranges::find(algorithm_names, text);
  if (found == algorithm_names.end()) return std::nullopt;
  return static_cast<TokenAlgorithm>(found - algorithm_names.begin());
}

Result<JsonWebKey> JsonWebKey::read(const JsonValue& json) {
  JsonWebKey key;
  key.id_ = text_of(json, "kid");
  const auto algorithm = algorithm_of(json);
  if (!algorithm) return std::unexpected(algorithm.error());
  key.algorithm_ = *algorithm;
  if (key.algorithm_ == TokenAlgorithm::eddsa) {
    const auto x = from_base64url(text_of(json, "x"));
    if (!x || x->size() != key.ed25519_.size()) return left_out("it is not written as 32 bytes");
    std::ranges::copy(*x, key.ed25519_.begin());
    return key;
  }
  auto read = key.algorithm_ == TokenAlgorithm::rs256 ? read_rsa(json) : read_p256(json);
  if (!read) return std::unexpected(read.error());
  key.key_ = std::move(*read);
  return key;
}

bool JsonWebKey::good_signature(ByteView message, ByteView signature) const {
  switch (algorithm_) {
    case TokenAlgorithm::eddsa: {
      Ed25519Signature bytes;
      if (signature.size() != bytes.size()) return false;
      std::ranges::copy(signature, bytes.begin());
      return teller::good_signature(ed25519_, message, bytes);
    }
    case TokenAlgorithm::es256: {
      if (signature.size() != 2 * p256_bytes) return false;
      const Bytes der = to_der(signature);
      return !der.empty() && verifies(key_.get(), message, der);
    }
    case TokenAlgorithm::rs256:
      return verifies(key_.get(), message, signature);
  }
  return false;
}

Result<JsonWebKeys> JsonWebKeys::parse(std::string_view text) {
  JsonTree tree;
  const auto fault = tree.build(text, {.bytes = bytes_max, .values = 10'000, .depth = 8});
  if (fault) return fail(Remedy::reject, "persons.keys", "the keys: " + fault->what);
  const auto list = tree.root().find("keys");
  if (!list || !list->is_list()) {
    return fail(Remedy::reject, "persons.keys", "what should be keys has no list `keys`");
  }
  if (list->size() > keys_max) {
    return fail(Remedy::reject, "persons.keys",
                fmt::format("there are {} keys, and {} are taken", list->size(), keys_max));
  }
  std::vector<std::string> ids;
  list->for_each([&](std::size_t, const JsonValue& json) {
    if (json.is_object()) ids.emplace_back(text_of(json, "kid"));
  });
  JsonWebKeys keys;
  list->for_each([&](std::size_t, const JsonValue& json) {
    if (!json.is_object()) return;
    const std::string id(text_of(json, "kid"));
    if (id.empty() || id.size() > key_id_bytes_max || !is_clean_utf8(id)) return;
    auto key = std::ranges::count(ids, id) > 1
                   ? Result<JsonWebKey>(left_out("several keys have its name"))
                   : JsonWebKey::read(json);
    if (key) {
      keys.keys_.push_back(std::move(*key));
    } else if (keys.why_left_out(id).empty()) {
      keys.left_out_.push_back({id, std::move(key.error().detail)});
    }
  });
  return keys;
}

const JsonWebKey* JsonWebKeys::find(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &JsonWebKey::id_);
  return found == keys_.end() ? nullptr : &*found;
}

std::string_view JsonWebKeys::why_left_out(std::string_view id) const {
  const auto found = std::ranges::find(left_out_, id, &LeftOut::id);
  return found == left_out_.end() ? std::string_view() : std::string_view(found->why);
}

}  // namespace teller
