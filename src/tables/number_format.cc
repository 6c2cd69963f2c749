#include "tables/number_format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "election/entry.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Comma, point, five blanks, two apostrophes, the Arabic separator.
constexpr std::array<std::string_view, 10> separators = {
    ",", ".", " ", "\u00A0", "\u202F", "\u2009", "\u2007", "'", "\u2019", "\u066C"};

// A figure cut into what it is made of.
struct Parts {
  struct Mark {
    std::string_view text;
    std::size_t digits_before = 0;
  };
  std::string digits;       // As 0 to 9.
  std::vector<Mark> marks;  // What stands between or around them.
  bool other_script = false, two_scripts = false;
};

Parts cut(std::string_view text) {
  Parts parts;
  std::optional<std::int32_t> zero;  // Of the script.
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (const auto digit = digit_value(next.point)) {
      const std::int32_t mine = next.point - static_cast<std::int32_t>(*digit);
      parts.two_scripts = parts.two_scripts || (zero && *zero != mine);
      zero = mine;
      parts.other_script = parts.other_script || mine != '0';
      parts.digits += static_cast<char>('0' + *digit);
    } else {
      parts.marks.push_back({text.substr(0, next.bytes), parts.digits.size()});
    }
    text.remove_prefix(next.bytes);
  }
  return parts;
}

// Whether `marks` cut `digits` into groups: the last of three, those before of `others`.
bool are_groups(std::span<const Parts::Mark> marks, std::size_t digits, std::size_t others) {
  if (marks.empty()) return true;
  std::size_t end = digits;
  for (std::size_t i = marks.size(); i > 0; --i) {
    const std::size_t group = end - marks[i - 1].digits_before;
    if (group != (i == marks.size() ? 3 : others)) return false;
    end = marks[i - 1].digits_before;
  }
  return end > 0 && end <= others;
}

NumberKind kind_of_other(std::string_view text, const Parts& parts) {
  const auto has = [&](std::string_view mark) {
    return std::any_of(parts.marks.begin(), parts.marks.end(),
                       [&](const Parts::Mark& each) { return each.text == mark; });
  };
  if (parts.digits.empty()) {
    for (const std::string_view half : {"½", "¼", "¾", "⅓", "⅔"}) {
      if (has(half)) return NumberKind::fraction;
    }
    return NumberKind::other;
  }
  if (has("%") || has("٪") || has("‰")) return NumberKind::percent;
  if (text.starts_with('(') || text.ends_with(')')) return NumberKind::brackets;
  const auto lies_between = [&](std::string_view mark) {
    return std::any_of(parts.marks.begin(), parts.marks.end(), [&](const Parts::Mark& each) {
      return each.text == mark && each.digits_before > 0 &&
             each.digits_before < parts.digits.size();
    });
  };
  if (lies_between("E") || lies_between("e")) return NumberKind::exponent;
  for (const std::string_view minus : {"-", "−", "–"}) {
    if (text.starts_with(minus) || text.ends_with(minus)) return NumberKind::negative;
  }
  if (text.starts_with('+')) return NumberKind::plus;
  for (const std::string_view half : {"/", "½", "¼", "¾", "⅓", "⅔", "⁄"}) {
    if (has(half)) return NumberKind::fraction;
  }
  constexpr std::array<std::string_view, 9> notes = {"*", "†", "‡", "#", "^", "¹", "²", "³", "§"};
  const bool are_notes = std::ranges::all_of(parts.marks, [&](const Parts::Mark& each) {
    return each.digits_before == parts.digits.size() &&
           std::ranges::find(notes, each.text) != notes.end();
  });
  return are_notes ? NumberKind::marked : NumberKind::other;
}

NumberKind value_of(std::string_view digits, std::uint64_t& value) {
  value = 0;
  for (const char digit : digits) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    if (value >= Figure::limit) return NumberKind::too_large;
  }
  return NumberKind::number;
}

}  // namespace

bool NumberFormat::is_separator(std::string_view text) {
  return std::find(separators.begin(), separators.end(), text) != separators.end();
}

NumberKind read_number(std::string_view text, const NumberFormat& format, std::uint64_t& value) {
  text = trimmed(text);
  if (text.size() > 3 && text.starts_with("=\"") && text.ends_with('"')) {
    text = trimmed(text.substr(2, text.size() - 3));
  }
  // The mark by which a spreadsheet keeps a number as text.
  if (text.size() > 1 && text.front() == '\'' && text[1] >= '0' && text[1] <= '9')
    text.remove_prefix(1);
  if (text.empty()) return NumberKind::empty;
  const Parts parts = cut(text);
  const bool only_separators =
      std::all_of(parts.marks.begin(), parts.marks.end(),
                  [](const Parts::Mark& mark) { return NumberFormat::is_separator(mark.text); });
  if (parts.digits.empty() || !only_separators) return kind_of_other(text, parts);
  if (parts.two_scripts || (parts.other_script && !format.other_digits)) return NumberKind::script;
  if (parts.marks.empty()) return value_of(parts.digits, value);

  const auto allowed = [&](std::string_view mark) {
    return std::find(format.thousands.begin(), format.thousands.end(), mark) !=
           format.thousands.end();
  };
  std::span<const Parts::Mark> groups = parts.marks;
  std::string_view whole = parts.digits;
  const std::size_t others = format.grouping == NumberFormat::Grouping::indian ? 2 : 3;

  // A last mark that separates nothing in this format may begin the decimals.
  const std::string_view last = groups.back().text;
  if ((last == "." || last == ",") && !allowed(last)) {
    const std::string_view decimals = whole.substr(groups.back().digits_before);
    const std::string_view before = whole.substr(0, groups.back().digits_before);
    const bool is_point = last == "." || allowed(".");
    const bool zeros =
        !decimals.empty() && decimals.find_first_not_of('0') == std::string_view::npos;
    const bool can_be_group =
        are_groups(groups, whole.size(), 3) || are_groups(groups, whole.size(), 2);
    const bool one_kind = std::all_of(groups.begin(), groups.end(),
                                      [&](const auto& mark) { return mark.text == last; });
    if (can_be_group && one_kind) {
      return zeros && last == "." && format.thousands.empty() ? NumberKind::ambiguous
                                                              : NumberKind::separated;
    }
    if (!is_point || !zeros || before.empty()) return NumberKind::fraction;
    groups = groups.first(groups.size() - 1);
    whole = before;
    if (groups.empty()) return value_of(whole, value);
  }

  const std::string_view separator = groups.front().text;
  for (const Parts::Mark& mark : groups) {
    if (!allowed(mark.text)) return NumberKind::separated;
    if (mark.text != separator) return NumberKind::grouping;
  }
  if (!are_groups(groups, whole.size(), others)) return NumberKind::grouping;
  return value_of(whole, value);
}

std::string_view words(NumberKind kind) {
  switch (kind) {
    case NumberKind::number:
      return "is a number";
    case NumberKind::too_large:
      return "must be below 2^53 (9,007,199,254,740,992)";
    case NumberKind::empty:
      return "is empty; if that means that there is no figure yet, write unknown = \"\" in "
             "[[votes]]";
    case NumberKind::separated:
      return "has a separator between its digits; if it separates thousands, allow it, as in "
             "[numbers] thousands = [\",\"]";
    case NumberKind::grouping:
      return "has groups of digits of the wrong size; groups have three digits (1,234,567), or "
             "with "
             "grouping = \"indian\" in [numbers] two before the last three (12,34,567)";
    case NumberKind::ambiguous:
      return "may be a thousand or one; if the point separates thousands, write [numbers] "
             "thousands "
             "= [\".\"], and otherwise save the column as whole numbers";
    case NumberKind::script:
      return "has digits of another script than 0 to 9, or of two; if they are right, write "
             "[numbers] other_digits = true";
    case NumberKind::exponent:
      return "is a power of ten, as a spreadsheet shortens numbers: digits may be lost; format the "
             "column as whole numbers and save it again";
    case NumberKind::negative:
      return "is negative; a figure is never below 0: send what there is in all";
    case NumberKind::plus:
      return "has a plus, so it may be what came in addition; a figure is what there is in all: "
             "write it without a sign";
    case NumberKind::percent:
      return "is a share in percent; name the column that has the votes";
    case NumberKind::brackets:
      return "stands in brackets, which accountants write for negative; write the figure itself";
    case NumberKind::fraction:
      return "is not whole; a figure counts votes: is this the right column?";
    case NumberKind::marked:
      return "has a mark behind its digits, as one that points to a note; write the figure alone";
    case NumberKind::other:
      break;
  }
  return "is not a number; if it means withheld, unknown or not on this ballot, say so in "
         "[[votes]]";
}

bool is_number_in_any_form(std::string_view text) {
  std::uint64_t value = 0;
  switch (read_number(text, {}, value)) {
    case NumberKind::number:
    case NumberKind::too_large:
    case NumberKind::separated:
    case NumberKind::grouping:
    case NumberKind::ambiguous:
    case NumberKind::script:
      return true;
    case NumberKind::fraction:
      // "1.234,00", where the comma begins decimals; "60,0" and "0,00" are rather shares.
      return text.contains('.') &&
             read_number(text, {.thousands = {"."}}, value) == NumberKind::number;
    default:
      return false;
  }
}

std::string digits_as_marks(std::string_view text) {
  std::string form;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || !form.ends_with('#')) form += is_digit ? '#' : c;
  }
  return form;
}

}  // namespace teller
