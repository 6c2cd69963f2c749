// Who may decide about a count, as `teller init --officers` reads it: TOML that a person wrote.
//
//   approvals = 2            # how many officers a decision takes; left out: 2
//   [[officer]]
//   name = "a.huber"
//   role = "tabulation"      # schema/decisions.toml
//   key  = "<64 hexadecimal digits>"   # printed by `teller officer new`
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/officers.h"

namespace teller {

struct Officers {
  std::vector<Officer> list;
  std::uint8_t approvals = 2;
};

// Errors: reject officer.invalid, with file and line; also when so few officers may decide something
// that it could never be decided.
[[nodiscard]] Result<Officers> parse_officers(std::string_view text, std::string name);

// The [[officer]] table of one, to be put into such a file.
[[nodiscard]] std::string to_toml(const Officer& officer);

}  // namespace teller
