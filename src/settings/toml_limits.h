// Looks over a text that should be TOML before a tree is made of it: whoever wrote it must not choose how
// much memory and stack we spend. toml++ makes a node of every part of a key and goes down into them
// one call a part, so that a key of 40,000 parts (80 kB) ended the program.
//
// No state: any thread may ask. Called by toml_file.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace teller {

// What a person writes stays far below.
struct TomlLimits {
  static constexpr std::size_t bytes_max = std::size_t{4} << 20;
  static constexpr std::size_t key_parts_max = 16;
  static constexpr std::size_t brackets_max = 16;     // Arrays and tables that stand in each other.
  static constexpr std::size_t values_max = 200'000;  // And parts of keys.
};

struct TomlExcess {
  std::size_t line = 0;  // 0: the file as a whole.
  std::string what;      // "has a key of more than 16 parts"
};

// The first limit that `text` is beyond. Reads strings and comments as TOML 1.0 has them; where the
// text is not TOML, toml++ stops no later than what is said here goes wrong.
[[nodiscard]] std::optional<TomlExcess> beyond_limits(std::string_view text);

}  // namespace teller
