#include "log/segments.h"

#include <fmt/format.h>

namespace teller {

std::string segment_name(std::uint16_t partition, std::uint64_t number) {
  return fmt::format("segment {} of partition {}", number, partition);
}

}  // namespace teller
