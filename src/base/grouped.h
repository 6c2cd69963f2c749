// "13,947,506": how every number that people read is written.
#pragma once

#include <cstdint>
#include <string>

namespace teller {

[[nodiscard]] inline std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

// By how much a number moves: "+1,204", "-3".
[[nodiscard]] inline std::string grouped_move(std::int64_t by) {
  return (by < 0 ? "-" : "+") + grouped(static_cast<std::uint64_t>(by < 0 ? -by : by));
}

}  // namespace teller
