// What a voter sees, as plain text of at most 80 columns: one page for each card of a ballot style.
// Names are made printable and broken to the width by what a terminal shows of them, in any script.
//
// Pure. Called by rules.cc.
#pragma once

#include <cstddef>
#include <string>

#include "election/rules.h"

namespace teller::cli {

inline constexpr std::size_t page_columns = 80;

// `card` from 0.
[[nodiscard]] std::string ballot_page(const Rules& rules, const Style& style, std::size_t card);

}  // namespace teller::cli
