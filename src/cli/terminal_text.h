// Text as a terminal shows it: how many columns it takes, and nothing in it that a terminal obeys.
//
// What people sent us (names, reasons, the answer of a server, a cell of somebody's CSV) goes
// through printable() before it is shown: an escape sequence in it could hide a line, and a mark
// of direction could turn a number around.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace teller::cli {

// Columns: two for the wide blocks of East Asian text, none for marks that stand on the character
// before them. Of UTF-8 that printable() gave.
[[nodiscard]] std::size_t width_of(std::string_view text);
// As much from its beginning as fits into so many columns.
[[nodiscard]] std::string_view cut_to_width(std::string_view text, std::size_t columns);

// Control characters, separators of lines, marks of direction, and bytes that are no UTF-8 become
// U+FFFD. printable() leaves line feeds and tabs; printable_line() does not.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string printable_line(std::string_view text);

}  // namespace teller::cli
