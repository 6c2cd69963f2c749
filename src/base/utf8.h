// UTF-8 as we take it from outside: well-formed (RFC 3629) and without control characters.
#pragma once

#include <cstdint>
#include <string_view>

namespace teller {

[[nodiscard]] inline bool is_clean_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t first = byte(i);
    if (first < 0x80) {
      if (first < 0x20 || first == 0x7F) return false;
      ++i;
      continue;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || i + length > text.size()) return false;
    std::uint32_t point = first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
      point = (point << 6) | (byte(i + k) & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    const bool c1_control = point < 0xA0;
    if (overlong || surrogate || c1_control || point > 0x10FFFF) return false;
    i += length;
  }
  return true;
}

}  // namespace teller
