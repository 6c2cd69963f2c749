// A token of a provider of identities and the keys that it publishes. A token that is ours is taken and
// none that differs from it in a byte; whatever is refused has a code and does not say the token again.
#include "decide/signed_token.h"

#include "decide/provider_token.h"
#include "fuzz/target.h"
#include "testing/token_signer.h"

using namespace teller;

namespace {

void look_at_token(std::string_view token, const JsonWebKeys& keys,
                   const IdentityProvider& provider) {
  const auto person = person_of_token(token, keys, provider, 1'800'000'000'000'000);
  if (person) {
    check(!person->roles.empty() && !person->called.empty(), "who is known has a name and a role");
    return;
  }
  const Error& error = person.error().error;
  check(fuzz::is_known(error.code) && error.remedy == Remedy::reject && !error.detail.empty(),
        "a refusal has a code and a sentence");
  check(error.detail.size() < 1000, "a refusal is a sentence");
}

}  // namespace

// The first byte says what the rest is: a set of keys, a token, its claims, or its header.
FUZZ_TARGET(signed_token) {
  static const TokenSigner signer("k", "EdDSA");
  static const JsonWebKeys keys = *JsonWebKeys::parse(key_set({signer.jwk()}));
  static const IdentityProvider provider{.issuer = "https://a.example",
                                         .audience = "teller",
                                         .roles_claim = {"realm_access", "roles"},
                                         .roles_claim_text = "realm_access.roles",
                                         .roles = {{"count", OfficerRole::tabulation}}};
  if (input.empty()) return;
  const std::string text(as_text(input.subspan(1)));
  switch (input[0] % 4) {
    case 0: {
      const auto read = JsonWebKeys::parse(text);
      if (!read) {
        check(read.error().code == Code("persons.keys"), "a refusal has its code");
        return;
      }
      for (const JsonWebKey& key : read->all()) {
        check(read->find(key.id()) != nullptr && read->why_left_out(key.id()).empty(),
              "a key is used or left out");
        check(!key.good_signature(as_bytes("a"), Bytes(64, 7)), "nobody signed this");
      }
      look_at_token(signer.token("{}"), *read, provider);
      return;
    }
    case 1:
      return look_at_token(text, keys, provider);
    case 2:
      return look_at_token(signer.token(text), keys, provider);
    default:
      look_at_token(signer.token_of(text, R"({"sub":"a"})"), keys, provider);
  }
  // And with one byte of it changed it is no longer ours.
  std::string token = signer.token(text);
  if (text.size() < 2 || token.size() > signed_token_bytes_max || text[1] == 0) return;
  check(open_signed_token(token, keys) == text, "what was signed is read");
  token[static_cast<std::uint8_t>(text[0]) % token.size()] ^= text[1];
  check(!open_signed_token(token, keys), "a token with one byte changed is refused");
}
