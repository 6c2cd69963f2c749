#include "results/unread_columns.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {
namespace {

// As many texts without a digit may stand in a column of figures: "n/a", "pending", "recount".
constexpr std::size_t words_max = 3;

enum class CellKind {
  number,  // Also with a mark beside it, "9*", or with separators that the mapping does not allow.
  mask,    // Neither a letter nor a digit: "*".
  code,    // Letters and digits, as in "2A", or where an O was typed for a 0.
  word,    // Letters alone.
  other,   // A share, a date, a time, a difference.
};

bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
bool is_letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

// Without the marks beside it that point to a note, or say that it is not quite known.
std::string_view without_marks(std::string_view text) {
  if (std::ranges::all_of(text, is_digit)) return text;
  constexpr std::string_view plain = "*#?!^~<>=";
  const auto cut = [&](std::string_view mark) {
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    if (text.ends_with(mark)) text.remove_suffix(mark.size());
  };
  for (std::size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    for (std::size_t i = 0; i < plain.size(); ++i) cut(plain.substr(i, 1));
    for (const std::string_view mark : {"†", "‡", "≤", "≥", "¹", "²", "³"}) cut(mark);
    text = trimmed(text);
  }
  return text;
}

CellKind kind_of_cell(std::string_view text, const NumberFormat& numbers) {
  const std::string_view bare = without_marks(text);
  std::uint64_t value = 0;
  const NumberKind kind = read_number(bare, numbers, value);
  if (kind == NumberKind::number || kind == NumberKind::separated || kind == NumberKind::script)
    return CellKind::number;
  const bool has_digit = std::ranges::any_of(bare, is_digit);
  const bool has_letter = std::ranges::any_of(bare, is_letter);
  if (has_digit) return has_letter ? CellKind::code : CellKind::other;
  return has_letter ? CellKind::word : CellKind::mask;
}

}  // namespace

UnreadColumns::UnreadColumns(const std::vector<std::string>& header, const Mapping& mapping,
                             const std::set<std::size_t>& read)
    : mapping_(mapping) {
  for (std::size_t at = 0; at < header.size(); ++at) {
    const std::string& name = header[at];
    if (mapping.named.contains(name) || mapping.wide.except.contains(name) || read.contains(at))
      continue;
    columns_.push_back({at, name.empty() ? fmt::format("column {}", at + 1) : name});
  }
}

void UnreadColumns::row(std::span<const std::string_view> fields) {
  for (Column& column : columns_) {
    if (column.is_text || column.at >= fields.size()) continue;
    const std::string_view text = trimmed(fields[column.at]);
    const std::string whole(text);
    if (text.empty() || mapping_.is_withheld(text) || mapping_.unknown.contains(whole) ||
        mapping_.not_on_ballot.contains(whole) || mapping_.zero.contains(whole))
      continue;
    switch (kind_of_cell(text, mapping_.numbers)) {
      case CellKind::number:
        ++column.numbers;
        break;
      case CellKind::mask:
        break;
      case CellKind::code:
        ++column.codes;
        break;
      case CellKind::word:
        column.words.insert(whole);
        column.is_text = column.words.size() > words_max;
        break;
      case CellKind::other:
        column.is_text = true;
        break;
    }
  }
}

std::vector<std::string> UnreadColumns::names() const {
  std::vector<std::string> found;
  for (const Column& column : columns_) {
    const bool has_codes = column.codes > std::max<std::uint64_t>(1, column.numbers / 20);
    if (column.numbers > 0 && !column.is_text && !has_codes) found.push_back(column.name);
  }
  return found;
}

}  // namespace teller
