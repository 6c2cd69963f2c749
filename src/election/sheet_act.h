// What a version of a result sheet is meant as, in words: those of entries in JSON, of deliveries, and
// of what people are told.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "election/entry.h"

namespace teller {

inline constexpr std::array<std::pair<std::string_view, Sheet::Act>, 3> sheet_acts{
    {{"update", Sheet::Act::update},
     {"correction", Sheet::Act::correction},
     {"withdrawal", Sheet::Act::withdrawal}}};

[[nodiscard]] constexpr std::string_view to_text(Sheet::Act act) {
  for (const auto& [text, one] : sheet_acts) {
    if (one == act) return text;
  }
  return "";
}

[[nodiscard]] constexpr std::optional<Sheet::Act> sheet_act_named(std::string_view text) {
  for (const auto& [name, act] : sheet_acts) {
    if (name == text) return act;
  }
  return std::nullopt;
}

}  // namespace teller
