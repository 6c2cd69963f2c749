// A line of the topic `refused`: what became of a message of the inbox that is no entry. The gateway
// writes it; `reconcile` and `incidents --refused` read it. Nothing of the message's content is in
// it, which may be anything, and nothing that a reader could turn into it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "journal/journal.h"

namespace teller {

struct RefusedLine {
  std::string code;  // Of schema/events.toml; "other" if this program knows none that reads so.
  std::int32_t partition = 0;  // Of the inbox.
  std::uint64_t offset = 0;
  std::string sha256;  // Of the message, in hex.
  [[nodiscard]] bool operator==(const RefusedLine&) const = default;
};

[[nodiscard]] Bytes encode(const RefusedLine& line);
// Nothing if it is no such line.
[[nodiscard]] std::optional<RefusedLine> parse_refused_line(ByteView bytes);

// Reads the topic (a journal of one partition) from `next` to its end, and moves `next`. A line may
// stand there twice, after a crash. Errors: the topic's.
[[nodiscard]] Result<void> read_refused_lines(Journal& topic, Position& next,
                                              const std::function<void(const RefusedLine&)>& each);

}  // namespace teller
