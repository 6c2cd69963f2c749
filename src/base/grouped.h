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

}  // namespace teller
