#include "log/segments.h"

namespace teller {

std::string segment_name(std::uint16_t partition, std::uint64_t number) {
  return "segment " + std::to_string(number) + " of partition " + std::to_string(partition);
}

}  // namespace teller
