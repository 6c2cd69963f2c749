#include "election/murmur2.h"

#include <cstring>

namespace teller {

std::uint32_t murmur2(ByteView bytes) {
  constexpr std::uint32_t seed = 0x9747b28c, m = 0x5bd1e995;
  constexpr int r = 24;
  std::uint32_t h = seed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t k;
    std::memcpy(&k, bytes.data() + at, 4);
    k *= m;
    k ^= k >> r;
    k *= m;
    h *= m;
    h ^= k;
  }
  const std::size_t rest = bytes.size() - at;
  if (rest >= 3) h ^= static_cast<std::uint32_t>(bytes[at + 2]) << 16;
  if (rest >= 2) h ^= static_cast<std::uint32_t>(bytes[at + 1]) << 8;
  if (rest >= 1) {
    h ^= bytes[at];
    h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return h;
}

}  // namespace teller
