#include "cli/terminal_text.h"

#include <utf8proc.h>

namespace teller::cli {
namespace {

// The first character of a text that is not empty. A byte that begins none has length 1 and no
// code point.
struct Character {
  std::size_t length = 1;
  utf8proc_int32_t point = -1;
};

Character first_of(std::string_view text) {
  Character character;
  const utf8proc_ssize_t length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &character.point);
  if (length > 0) character.length = static_cast<std::size_t>(length);
  return character;
}

std::size_t width_of(const Character& character) {
  return character.point < 0 ? 1 : static_cast<std::size_t>(utf8proc_charwidth(character.point));
}

// Marks, embeddings, overrides and isolates of direction. Joiners are none: Persian and Hindi
// names need them.
bool is_of_direction(utf8proc_int32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool is_obeyed(const Character& character) {
  if (character.point < 0 || is_of_direction(character.point)) return true;
  const utf8proc_category_t category = utf8proc_category(character.point);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

std::string without(std::string_view text, bool lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    const bool kept = lines && (text.front() == '\n' || text.front() == '\t');
    out += kept || !is_obeyed(character) ? text.substr(0, character.length) : "\uFFFD";
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    width += width_of(character);
    text.remove_prefix(character.length);
  }
  return width;
}

std::string_view cut_to_width(std::string_view text, std::size_t columns) {
  std::size_t width = 0, end = 0;
  while (end < text.size()) {
    const Character character = first_of(text.substr(end));
    width += width_of(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.substr(0, end);
}

std::string printable(std::string_view text) { return without(text, true); }

std::string printable_line(std::string_view text) { return without(text, false); }

}  // namespace teller::cli
