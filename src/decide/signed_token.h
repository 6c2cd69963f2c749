// A token of a provider of identities as it is sent: three parts of base64url with a dot between them
// (JWS compact, RFC 7515), signed by one of the provider's keys.
//
// What always holds: the algorithm is that of the key, and the token must say the same; "none" and
// secrets that two share (HS256 …) are refused by name. Keys that a token brings along or points to
// are not looked at, and one that says that something in its header must be understood (`crit`) is
// refused. No sentence repeats the token.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "decide/json_web_keys.h"

namespace teller {

inline constexpr std::size_t signed_token_bytes_max = std::size_t{16} << 10;

// What was signed, as text. Errors: reject officer.token_refused; reject officer.token_key_unknown:
// the key that it names is none of these, but may be a newer one.
[[nodiscard]] Result<std::string> open_signed_token(std::string_view token,
                                                    const JsonWebKeys& keys);

// Something that came from elsewhere, as a sentence of ours may hold it: in quotes, on one line, cut
// when it is long.
[[nodiscard]] std::string quoted_from_token(std::string_view text);

}  // namespace teller
