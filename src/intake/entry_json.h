// The JSON form of an entry (schema/entry.md, "In JSON"). simdjson stays in entry_json.cc.
//
// Strict: a member that is not known, one that is missing and one that stands twice are refused,
// each by its code, with the path. Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string_view>

#include "election/entry.h"
#include "intake/accept.h"

namespace teller {

// No entry is longer in JSON, even if every character is written as \uXXXX; and none is shorter than
// the members that every entry has.
constexpr std::size_t json_entry_bytes_max = 1U << 20;
constexpr std::size_t json_entry_bytes_min =
    std::string_view(R"({"kind":"","count":"00000000000000000000000000000000"})").size();

[[nodiscard]] std::expected<Entry, Refusal> entry_from_json(const Definition& definition,
                                                            std::string_view json);

// Calls `each` with every element of a JSON array, or with the one object. Only the frame is read
// here, in one pass and without memory of its own: brackets, commas and where texts end. What stands
// in an element is for who reads it.
[[nodiscard]] std::expected<std::uint64_t, Refusal> each_json_value(
    std::string_view body,
    const std::function<void(std::uint64_t index, std::string_view value)>& each);

}  // namespace teller
