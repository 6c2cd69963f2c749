#include "base/random.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace teller {

std::array<std::uint8_t, 32> random_bytes() {
  std::array<std::uint8_t, 32> bytes;
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
        "the machine has random bytes");
  return bytes;
}

}  // namespace teller
