// UTF-8 as we take it from outside. No errors, no state: any thread may ask.
#pragma once

#include <string_view>

namespace teller {

// Well-formed as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

// Well-formed and without control characters (U+0000 to U+001F, U+007F to U+009F).
[[nodiscard]] bool is_clean_utf8(std::string_view text);

}  // namespace teller
