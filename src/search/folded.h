// How names and what is searched are compared: case, accents, widths, digits of any script and forms
// of one Chinese character make no difference.
//
// As fold() of view/board/search.py, whose table of forms is the same. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace teller {

// Words of small letters without marks, and a space between them. `text` is UTF-8.
[[nodiscard]] std::string folded(std::string_view text);

// The words of what is folded. They point into it.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view folded_text);

// Without the spaces between them.
[[nodiscard]] std::string in_one_word(std::string_view folded_text);

// Chinese characters, of which two or three are a name.
[[nodiscard]] bool has_ideographs(std::string_view folded_text);

// The characters, one a place.
[[nodiscard]] std::u32string characters_of(std::string_view text);

}  // namespace teller
