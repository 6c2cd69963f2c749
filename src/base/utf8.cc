#include "base/utf8.h"

#include <simdjson.h>

namespace teller {

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool is_clean_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    // In well-formed UTF-8, C2 begins U+0080 to U+00BF and nothing else.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return false;
    }
  }
  return is_utf8(text);
}

std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool turns_direction(std::string_view text) {
  for (std::size_t at = text.find('\xE2'); at != std::string_view::npos;
       at = text.find('\xE2', at + 1)) {
    const std::string_view one = text.substr(at, 3);
    if ((one >= "\u202A" && one <= "\u202E") || (one >= "\u2066" && one <= "\u2069")) return true;
  }
  return false;
}

bool is_clean_line(std::string_view text) { return is_clean_utf8(text) && !turns_direction(text); }

}  // namespace teller
