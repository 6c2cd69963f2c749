// Which of many spellings look like one name, for a person who decides whether they are.
//
// What always holds: two spellings are in one group exactly when they are the same but for what folded.h makes
// no difference of (case, accents, punctuation) and for blanks. That a group may be another one misspelled, or
// has its words in another order, is a suggestion beside it and joins nothing. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace teller {

// Of more groups than these, none is held against all others for misspellings: that takes the square of their number.
inline constexpr std::size_t nearly_alike_max = 50'000;

struct AlikeNames {
  std::vector<std::size_t> names;    // Places in the list that was given, ascending.
  std::vector<std::size_t> perhaps;  // Groups that may be the same name, ascending.
};
// Each of `names` (UTF-8) is in one group; the groups are in the order of their first names.
[[nodiscard]] std::vector<AlikeNames> alike_names(const std::vector<std::string>& names);

}  // namespace teller
