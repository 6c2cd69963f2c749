// Who a token of a provider of identities says somebody is, and with which roles.
//
// What always holds: nothing that a token says is looked at before its signature is good. It is of our
// issuer, for us, of now (a minute either way), good for no longer than `hours_max`, for whoever
// carries it, and no token of another kind (to sign in, to be renewed). Nobody is let in who holds none
// of our roles by it, or two that schema/roles.toml keeps apart.
//
// A person's name in audit lines is `sub`, which the provider gives to one person for good and which
// has no spaces, and behind it in brackets `preferred_username`, which people know.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "decide/json_web_keys.h"
#include "decide/persons_file.h"
#include "election/officers.h"

namespace teller {

// Clocks differ by as much: so much longer is a token good, and so much earlier.
inline constexpr std::int64_t token_leeway_us = 60'000'000;

struct TokenPerson {
  std::string name;                 // "8d1f… (a.huber)"
  std::vector<std::string> called;  // The same one by one, as other lists may name the person.
  std::vector<OfficerRole> roles;   // Ascending.
  std::int64_t expires_us = 0;
};

struct RefusedToken {
  // reject officer.token_refused, officer.token_key_unknown, officer.no_role, officer.separated.
  Error error;
  std::string name;  // Whose it is; empty: nobody can be named, for the provider did not sign it.
};

[[nodiscard]] std::expected<TokenPerson, RefusedToken> person_of_token(
    std::string_view token, const JsonWebKeys& keys, const IdentityProvider& provider,
    std::int64_t now_us);

}  // namespace teller
