// Compresses answers (RFC 1952), and reads whether who asks takes them so (RFC 9110, 12.5.3).
//
// Only what goes out: a body that comes in compressed is never opened, for its few bytes could become
// many. Which answers may be compressed is said by who makes them (HttpResponse::may_be_compressed).
// Pure; the only includer of zlib in this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_head.h"

namespace teller {

// A smaller answer is one packet either way.
constexpr std::size_t compressed_from_bytes = 1024;

// Whether a client who sends this head takes gzip, and would not rather have the bytes as they are.
[[nodiscard]] bool takes_gzip(const RequestHead& head);

// The same bytes for the same text. Nothing where that would not be smaller.
[[nodiscard]] std::optional<std::string> gzipped(std::string_view text);

}  // namespace teller
