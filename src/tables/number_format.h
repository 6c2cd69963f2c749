// A figure as people write it, read strictly: what the mapping's [numbers] allows is a number, and
// everything else is refused with words for what it seems to be.
//
// Always a number: digits, blanks and unseen marks around them, zeros in front, nothing but zeros
// behind a point ("1234.0"), and the ="12" and '12 by which a spreadsheet keeps a text. Never one: a sign, a
// power of ten, a share, a fraction, brackets. "+17" is refused too: it says what came in addition,
// and a figure is always what there is in all.
//
// Pure. Read by mapping.cc, used by read_results.cc for every figure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace teller {

struct NumberFormat {
  enum class Grouping { western, indian };  // 1,234,567; 12,34,567.

  std::vector<std::string> thousands;  // What may stand between groups of digits.
  Grouping grouping = Grouping::western;
  bool other_digits = false;  // Of other scripts than 0 to 9.

  // What may be in `thousands`, for the mapping.
  [[nodiscard]] static bool is_separator(std::string_view text);
};

enum class NumberKind {
  number,
  too_large,  // 2^53 or more.
  empty,
  separated,  // Digits in groups by a separator that is not allowed.
  grouping,   // By one that is, but groups of the wrong size.
  ambiguous,  // "1.000": a thousand, or one.
  script,     // Digits of another script, or of two.
  exponent,
  negative,
  plus,
  percent,
  brackets,
  fraction,
  marked,  // "12*".
  other,
};

// What `text` is; `value` is set if it is a number.
[[nodiscard]] NumberKind read_number(std::string_view text, const NumberFormat& format,
                                     std::uint64_t& value);

// Whether it is one, in whatever way people write it; a mapping may allow that way or not.
[[nodiscard]] bool is_number_in_any_form(std::string_view text);

// With # for each run of digits: "<#" of "<10", "P#" of "P12".
[[nodiscard]] std::string digits_as_marks(std::string_view text);

// What to say of a figure that is no number, and what to do.
[[nodiscard]] std::string_view words(NumberKind kind);

}  // namespace teller
