// Two kinds of random: bytes that nobody can guess, and numbers that everybody gets again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace teller {

// 32 bytes of the machine's own generator: for ids, keys and nonces. Safe from any thread.
[[nodiscard]] std::array<std::uint8_t, 32> random_bytes();

// Numbers that look random and are the same everywhere for the same seed (SplitMix64): for orders,
// samples and generated data. Never for ids, keys or anything that must not be guessed.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  // The stream `number` of a seed: so that item number n does not depend on those before it.
  SeededRandom(std::uint64_t seed, std::uint64_t number)
      : state_(mix(seed) ^ mix(number * 0x9E37'79B9'7F4A'7C15U + 1)) {}

  std::uint64_t next() { return mix(state_ += 0x9E37'79B9'7F4A'7C15U); }

  // Below `limit`, which is not 0 and below 2^32. The bias is below limit / 2^32.
  std::uint32_t below(std::uint64_t limit) {
    return static_cast<std::uint32_t>(((next() >> 32) * limit) >> 32);
  }
  // In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9U;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBU;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace teller
