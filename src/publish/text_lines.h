// Reads the "word value" lines that statements and audit lines are made of. Strictness is the
// caller's: it writes what it has read and compares.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace teller {

// Lines in order; the first fault sticks.
class TextLines {
 public:
  explicit TextLines(std::string_view text) : text_(text) {}

  // The value of the next line, which must begin with `word`.
  std::string_view line(std::string_view word) {
    const std::size_t end = text_.find('\n');
    if (end == std::string_view::npos || !text_.starts_with(word) || end <= word.size() ||
        text_[word.size()] != ' ') {
      good_ = false;
      return {};
    }
    const std::string_view value = text_.substr(word.size() + 1, end - word.size() - 1);
    text_.remove_prefix(end + 1);
    return value;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> hex(std::string_view value) {
    std::array<std::uint8_t, N> bytes{};
    if (!from_hex(value, bytes)) good_ = false;
    return bytes;
  }
  std::uint64_t number(std::string_view value) {
    std::uint64_t result = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (bad != std::errc() || end != value.data() + value.size()) good_ = false;
    return result;
  }
  // The next word of a line, and the line without it.
  static std::string_view word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view result = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return result;
  }
  [[nodiscard]] bool next_is(std::string_view word) const { return text_.starts_with(word); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace teller
