// A field's value, or a part of it, without the blanks around it (RFC 9110, 5.6.3: OWS).
#pragma once

#include <string_view>

namespace teller {

[[nodiscard]] inline std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace teller
