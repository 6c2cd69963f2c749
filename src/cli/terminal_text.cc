#include "cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace teller::cli {
namespace {

// The first character of a text that is not empty. A byte that begins none stands for itself, and
// is not clean.
struct Character {
  std::size_t length = 1;
  std::uint32_t point = 0;
  bool clean = false;
};

Character first_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (length > text.size()) return {};
  std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    const auto next = static_cast<unsigned char>(text[k]);
    if ((next & 0xC0U) != 0x80U) return {};
    point = (point << 6) | (next & 0x3FU);
  }
  return {length, point, is_clean_utf8(text.substr(0, length))};
}

struct Block {
  std::uint32_t first, last;
};

template <std::size_t n>
bool is_in(const std::array<Block, n>& blocks, std::uint32_t point) {
  return std::ranges::any_of(
      blocks, [&](const Block& block) { return point >= block.first && point <= block.last; });
}

constexpr std::array<Block, 10> wide{{{0x1100, 0x115F},
                                      {0x2E80, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1F64F},
                                      {0x1F680, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};
constexpr std::array<Block, 4> combining{
    {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}}};
constexpr std::array<Block, 4> of_direction{
    {{0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};

std::size_t width_of(const Character& character) {
  if (is_in(combining, character.point)) return 0;
  return is_in(wide, character.point) ? 2 : 1;
}

std::string without(std::string_view text, bool lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    const bool kept = lines && (text.front() == '\n' || text.front() == '\t');
    if (kept || (character.clean && !is_in(of_direction, character.point))) {
      out += text.substr(0, character.length);
    } else {
      out += "\uFFFD";
    }
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
