// The JSON form of an entry (schema/entry.md, "In JSON"). simdjson stays in entry_json.cc.
//
// Strict: a member that is not known, one that is missing and one that stands twice are refused,
// each by its code, with the path. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string_view>

#include "election/entry.h"
#include "intake/accept.h"

namespace teller {

[[nodiscard]] std::expected<Entry, Refusal> entry_from_json(const Definition& definition,
                                                            std::string_view json);

// Calls `each` with every element of a JSON array, or with the one object.
[[nodiscard]] std::expected<std::uint64_t, Refusal> each_json_value(
    std::string_view body,
    const std::function<void(std::uint64_t index, std::string_view value)>& each);

}  // namespace teller
