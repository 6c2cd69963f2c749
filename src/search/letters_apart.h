// How far apart two names are, by their letters. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace teller {

// How many letters of this folded text (folded.h) may be wrong while it is still taken for what was meant;
// it has so many `characters`. None where digits are in it, for those are of other places. A Chinese
// character is as much as two.
[[nodiscard]] std::size_t wrong_letters(std::string_view folded_text, std::size_t characters);

// Letters that are wrong, missing, too many, or two that changed places; where there are more than
// `most`, some number above it.
[[nodiscard]] std::size_t letters_apart(std::u32string_view one, std::u32string_view other,
                                        std::size_t most);

}  // namespace teller
