// By which provider of identities persons are known to `teller serve --persons`, and what its groups
// may do here: TOML that a person wrote.
//
//   teller = "persons/1"
//   [provider]
//   issuer      = "https://login.example/realms/office"   # as its tokens name it, to the letter
//   audience    = "teller"             # whom its tokens for us are for
//   roles_claim = "realm_access.roles" # where a token says the groups; '"https://a.b/c".d' with dots
//   ca          = "office-ca.crt"      # PEM, beside this file; left out: the system's
//   hours_max   = 12                   # a token that is good for longer is refused
//   keys_again_s = 60                  # an unknown key is looked for no more often than this
//   [provider.roles]
//   "count-tabulation" = "tabulation"  # group of the provider = role of schema/roles.toml
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/officers.h"

namespace teller {

struct IdentityProvider {
  std::string issuer, audience;
  std::filesystem::path ca = {};         // Empty: the system's.
  std::vector<std::string> roles_claim;  // Names of members, from the outside to the inside.
  std::string roles_claim_text;          // The same as it stands in the file.
  std::map<std::string, OfficerRole, std::less<>> roles;
  std::int64_t hours_max = 12, keys_again_s = 60;
};

// Errors: reject persons.invalid, with file and line of each fault.
[[nodiscard]] Result<IdentityProvider> parse_persons(std::string_view text,
                                                     const std::filesystem::path& file);
[[nodiscard]] Result<IdentityProvider> read_persons(const std::filesystem::path& file);

// An address in two: "https://login.example" and "/realms/office". Nothing when it is neither https nor
// http to this machine, or has a query, a fragment, a name and password, or what is no address.
struct ProviderAddress {
  std::string server, path;
};
[[nodiscard]] std::optional<ProviderAddress> split_address(std::string_view url);

}  // namespace teller
