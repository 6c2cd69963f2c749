// The query of a request, "?unit=rill&by=party", as names and values.
//
// Pure. Called by the rooms that bring routes.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace teller {

using HttpQuery = std::map<std::string, std::string>;

// Without the '?'. A name stands once at most and is one of `known`: one that would change nothing is
// refused, for whoever wrote it expects that it does.
// Errors: reject http.query_invalid, which lists what is known.
[[nodiscard]] Result<HttpQuery> parse_query(std::string_view text,
                                            std::initializer_list<std::string_view> known);

// The value, or empty.
[[nodiscard]] std::string value_of(const HttpQuery& query, std::string_view name);

}  // namespace teller
