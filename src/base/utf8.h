// UTF-8 as we take it from outside. No errors, no state: any thread may ask.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace teller {

// Well-formed as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

// Well-formed and without control characters (U+0000 to U+001F, U+007F to U+009F).
[[nodiscard]] bool is_clean_utf8(std::string_view text);

// The beginning of well-formed `text` that has at most so many bytes and ends between two characters.
[[nodiscard]] std::string_view cut_at_character(std::string_view text, std::size_t bytes_max);

// With a to z in the place of A to Z, and all else as it is.
[[nodiscard]] std::string ascii_lower(std::string_view text);

// One line that somebody types and others read beside what counts, such as a name or a reason: clean, and with nothing
// that turns the text behind it around.
[[nodiscard]] bool is_clean_line(std::string_view text);

// Whether it holds an embedding, an override or an isolate of direction (U+202A to U+202E, U+2066 to
// U+2069): what turns the text behind it around, and a number with it. Marks of direction, which
// Hebrew and Arabic names have, are none.
[[nodiscard]] bool turns_direction(std::string_view text);

}  // namespace teller
