// A text as a JSON string with its quotes, for JSON that is put together piece by piece.
//
// No errors. The text is UTF-8 and stays it: only quotes, backslashes and what is below U+0020 are
// escaped.
#pragma once

#include <string>
#include <string_view>

namespace teller {

inline void append_json_text(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace teller
