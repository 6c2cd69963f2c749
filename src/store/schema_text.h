// Files of schema/sql, most of which are one database's. Where one text serves both, a line that is one database's alone stands
// in it as a comment that begins with its name: "--sqlite: create view …".
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace teller {

// `file` as `database` ("sqlite", "postgres") runs it.
[[nodiscard]] inline std::string schema_text(std::string_view file, std::string_view database) {
  const std::string mark = fmt::format("--{}: ", database);
  std::string text(file);
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
    text.erase(at, mark.size());
  }
  return text;
}

}  // namespace teller
