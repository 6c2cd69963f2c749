#include "tables/unicode.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <utf8proc.h>

#include "base/utf8.h"

namespace teller {
namespace {

constexpr std::size_t shown_characters_max = 60;

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

bool is_digit(std::int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_ND; }

// A mark that stands on the letter before it, or a part of a Korean syllable.
bool is_mark(std::int32_t point) {
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME || (point >= 0x1100 && point <= 0x11FF);
}

bool has_marks(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.point >= 0 && is_mark(next.point)) return true;
    text.remove_prefix(next.bytes);
  }
  return false;
}

bool is_trimmed(std::int32_t point) { return point >= 0 && (is_blank(point) || is_unseen(point)); }

}  // namespace

CodePoint first_code_point(std::string_view text) {
  CodePoint found;
  utf8proc_int32_t point = -1;
  const utf8proc_ssize_t length =
      utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
  if (length > 0) found = {point, static_cast<std::size_t>(length)};
  return found;
}

bool is_blank(std::int32_t point) {
  if (point == '\t' || point == '\n' || point == '\r') return true;
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool is_unseen(std::int32_t point) {
  if (point == ' ') return false;
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

// The digits of a script follow each other from 0 to 9, and so do several sets of them.
std::optional<unsigned> digit_value(std::int32_t point) {
  if (point >= '0' && point <= '9') return static_cast<unsigned>(point - '0');
  if (point < 0 || !is_digit(point)) return std::nullopt;
  std::int32_t first = point;
  while (is_digit(first - 1)) --first;
  return static_cast<unsigned>((point - first) % 10);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    const CodePoint front = first_code_point(text);
    if (!is_trimmed(front.point)) break;
    text.remove_prefix(front.bytes);
  }
  while (!text.empty()) {
    const std::size_t at = cut_at_character(text, text.size() - 1).size();
    const CodePoint back = first_code_point(text.substr(at));
    if (at + back.bytes != text.size() || !is_trimmed(back.point)) break;
    text = text.substr(0, at);
  }
  return text;
}

namespace {

std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &made,
                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> freed(made, &std::free);
  if (length < 0) return std::string(text);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
}

}  // namespace

std::string composed(std::string_view text) {
  if (!has_marks(text)) return std::string(text);
  return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string plain_word(std::string_view text) {
  return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
}

std::string on_one_line(std::string text) {
  constexpr std::string_view breaks = "\n\r\t";
  for (std::size_t at = 0; (at = text.find_first_of(breaks, at)) != std::string::npos; ++at) {
    const std::size_t behind = std::min(text.find_first_not_of(breaks, at), text.size());
    text.replace(at, behind - at, 1, ' ');
  }
  return text;
}

std::string cleaned(std::string_view text) { return on_one_line(composed(trimmed(text))); }

std::string as_seen(std::string_view text) {
  const std::string whole = cleaned(text);
  std::string seen;
  for (std::string_view left = whole; !left.empty();) {
    const CodePoint next = first_code_point(left);
    if (next.point >= 0 && is_blank(next.point)) {
      if (!seen.ends_with(' ')) seen += ' ';
    } else if (next.point < 0 || !is_unseen(next.point)) {
      seen += left.substr(0, next.bytes);
    }
    left.remove_prefix(next.bytes);
  }
  return seen;
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  std::size_t characters = 0;
  while (!text.empty()) {
    if (++characters > shown_characters_max) {
      out += "…";
      break;
    }
    const CodePoint next = first_code_point(text);
    if (next.point < 0) {
      out += fmt::format("<byte {:02X}>", static_cast<unsigned char>(text.front()));
    } else if (is_unseen(next.point)) {
      out += fmt::format("<U+{:04X}>", static_cast<std::uint32_t>(next.point));
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return out + "\"";
}

}  // namespace teller
