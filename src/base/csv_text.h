// A cell of CSV as RFC 4180 has it: as it is, or in quotes where it must be.
#pragma once

#include <string>
#include <string_view>

namespace teller {

[[nodiscard]] inline std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted.append("\"");
}

}  // namespace teller
