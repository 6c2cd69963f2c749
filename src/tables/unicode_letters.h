// What Unicode says of letters and numbers, to find names by: unicode.h is for what is compared and
// shown.
//
// Pure. What is not UTF-8 is left as it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace teller {

// In small letters and without accents, as plain_word(), and what stands for other characters is
// these: "４" is "4", "㎏" is "kg", a syllable of Korean its letters. Never for names.
[[nodiscard]] std::string plain_letters(std::string_view text);

// Of any script.
[[nodiscard]] bool is_letter_or_number(std::int32_t point);

}  // namespace teller
