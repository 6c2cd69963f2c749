// Names by which publishers say that something adds up others, in words of many languages.
//
// Pure. Called by sums.cc, check_results.cc, teller mapping new and deliver/plan.cc.
#pragma once

#include <string_view>

namespace teller {

// Whether a name says that it is a sum, in some words of some languages: "TOTAL VOTES CAST", "合計". Words, and not their
// beginnings: "Summers" and "Totally Tom" are people.
[[nodiscard]] bool is_named_as_sum(std::string_view name);

// Whether the word for a total stands in it by itself: "Totalview" is a place.
[[nodiscard]] bool is_called_total(std::string_view name);

// Whether a voting method is called so that it is all of them: "all", "All methods".
[[nodiscard]] bool is_called_all_methods(std::string_view name);

// Whether it has words for all of a place, where the places in it stand beside it: "Countywide".
[[nodiscard]] bool is_called_whole(std::string_view name);

}  // namespace teller
