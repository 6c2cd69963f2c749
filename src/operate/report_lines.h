// The lines of a document that an office files: "word value", one a line, and nothing in a value that could be taken for
// another line or that turns the text behind it around.
//
// A figure that is not known has a word in its place, and never a 0.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/grouped.h"
#include "base/utf8.h"

namespace teller {

class ReportLines {
 public:
  // `kind`: "canvass"; the first line names it, and its version.
  explicit ReportLines(std::string_view kind) : text_(fmt::format("teller {} 1\n", kind)) {}

  void line(std::string_view word, std::string_view value) {
    text_.append(word).append(" ").append(on_one_line(value)).append("\n");
  }
  void number(std::string_view word, std::uint64_t value) { line(word, grouped(value)); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  // U+2028 or U+2029. Readers take them for an end of line as they do a control character, and a reason or a name may
  // hold them.
  [[nodiscard]] static bool ends_line(std::string_view value) {
    return value.contains("\u2028") || value.contains("\u2029");
  }

  // Names of files and senders may hold anything: what cannot stand in a line is written byte by byte, so that
  // nothing of it is lost.
  [[nodiscard]] static std::string on_one_line(std::string_view value) {
    if (value.empty()) return "-";
    if (is_clean_line(value) && !ends_line(value)) return std::string(value);
    std::string text;
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7F) {
        text += c;
      } else {
        fmt::format_to(std::back_inserter(text), "\\x{:02x}", byte);
      }
    }
    return text;
  }

  std::string text_;
};

}  // namespace teller
