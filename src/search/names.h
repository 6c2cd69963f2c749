// Everything of an election that has a name: contests, options, parties, places.
//
// Pure. What is named points into the rules and the presentation, which outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "election/presentation.h"
#include "election/rules.h"

namespace teller {

enum class NamedKind : std::uint8_t { contest, option, party, place };
constexpr std::size_t named_kinds = 4;

[[nodiscard]] std::string_view to_text(NamedKind kind);

struct Named {
  NamedKind kind = NamedKind::place;
  std::string_view id, name;
  std::string_view contest = {};  // The id of that in which an option or a party stands.
  // What it is right below, by its place in the list, where it stands before it.
  std::optional<std::uint32_t> in = {};
  std::string_view what = {};               // Of a place: its kind, as the rules call it.
  bool reports = false;                     // Of a place: figures come from it.
  std::vector<std::string_view> also = {};  // Its other names: short, or in other languages.
};

struct Names {
  std::deque<std::string> made;  // Texts that stand nowhere else.
  std::vector<Named> all;        // Contests, options, parties, places; each in the rules' order.
};

// A party is named once in each contest in which it has options; parties of one option together are
// one, "a+b", as in /v1/totals?by=party.
[[nodiscard]] Names names_of(const Rules& rules, const Presentation& presentation);

}  // namespace teller
