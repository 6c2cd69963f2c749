// A card or a result sheet in the words of a deck, as the JSON that a station would send.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"
#include "words.h"

namespace teller::deck {

// ID UNIT [by METHOD] [style NAME] [card N] [for-another-count] CONTEST: WHAT…
[[nodiscard]] std::string ballot_json(const Rules& rules, const CountId& count, Words& words);

// UNIT CONTEST version N [by METHOD] [update|correction|withdrawal "REASON"] NAME FIGURE…
[[nodiscard]] std::string sheet_json(const Rules& rules, const CountId& count, Words& words);

// The id of a card that a deck calls `name`: always the same one.
[[nodiscard]] EntryId card_id(const std::string& name);

// The slot of a counter by its name: cards, undervotes, …
[[nodiscard]] std::optional<std::uint16_t> counter_named(std::string_view name);

}  // namespace teller::deck
