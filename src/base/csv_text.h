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

// The same for what people open in a spreadsheet: a text that a spreadsheet would take for a formula
// (it begins with = + - @ or a tab) stands behind an apostrophe. A number stays one.
[[nodiscard]] inline std::string csv_shown(std::string_view text) {
  const bool is_signed = text.starts_with('-') || text.starts_with('+');
  const bool is_number =
      is_signed && text.find_first_not_of("0123456789.,% ", 1) == std::string_view::npos;
  const bool is_formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  return csv_text(is_formula && !is_number ? "'" + std::string(text) : std::string(text));
}

}  // namespace teller
