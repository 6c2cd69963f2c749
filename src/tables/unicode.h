// What Unicode says of the characters of names and numbers in files that people send: which of them
// nobody sees, which are digits, which two spellings are one.
//
// All of it takes any bytes; what is not UTF-8 is left as it is. Pure. Called wherever names and
// numbers of files are compared, read or shown. The only includer of utf8proc beside the terminal's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teller {

struct CodePoint {
  std::int32_t point = -1;  // -1: a byte that is no UTF-8.
  std::size_t bytes = 1;
};

// The character at the front of `text`, which is not empty.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

// Blanks of every kind and width, and tabs and line ends.
[[nodiscard]] bool is_blank(std::int32_t point);
// What leaves no mark on paper: blanks other than U+0020, marks of direction, joiners, controls, the
// byte order mark, and code points that mean nothing. Private ones are seen by whoever has their font.
[[nodiscard]] bool is_unseen(std::int32_t point);

// 0 to 9 of any script: U+0661 is 1.
[[nodiscard]] std::optional<unsigned> digit_value(std::int32_t point);

// Without blanks and unseen characters at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// The composed spelling (NFC): "e" and a combining accent become the one letter that looks the same.
// A text without marks stays as it is: names of places in Taiwan have compatibility ideographs, which
// NFC would exchange for others.
[[nodiscard]] std::string composed(std::string_view text);

// With one blank where it has line ends or tabs: a cell of a spreadsheet may be typed on two lines, and a name
// stands on one.
[[nodiscard]] std::string on_one_line(std::string text);

// Trimmed, on one line and composed, as the texts of a file and of a mapping are compared.
[[nodiscard]] std::string cleaned(std::string_view text);

// How a name looks: composed, blanks as one U+0020, what is unseen left out. Two names that give the
// same cannot be told apart on paper.
[[nodiscard]] std::string as_seen(std::string_view text);

// In lower case and without accents ("SECCIÓN" and "seccion" are one), to look a word up. Never for names.
[[nodiscard]] std::string plain_word(std::string_view text);

// `text` in quotes for a message, at most some 60 characters of it; what nobody sees is written as
// <U+200F>.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace teller
