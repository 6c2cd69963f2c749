// What is left of a name without what people write in several ways, or take for the same: case, accents,
// kinds of dashes and quotes, and letters of the Latin, Greek and Cyrillic alphabets that look alike.
//
// Two names with one skeleton may well be two things ("Lee" and "LEE"): it is a doubt, and no correction.
// Pure. Called by check_results.cc and src/cli/rules.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace teller {

[[nodiscard]] std::string name_skeleton(std::string_view name);

// Both as they are written, and the first character in which they differ: "Ben" and "Веn" (U+0042 and
// U+0412).
[[nodiscard]] std::string two_spellings(std::string_view one, std::string_view other);

struct LikeNames {
  std::size_t one = 0, other = 0;  // Places in the list.
};
// Pairs of names that differ and have one skeleton.
[[nodiscard]] std::vector<LikeNames> like_names(const std::vector<std::string_view>& names);

}  // namespace teller
