// libFuzzer calls the one target of this program.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const teller::fuzz::Target target = [] {
    teller::check(teller::fuzz::targets().size() == 1, "a fuzzer has one target");
    return teller::fuzz::targets().front();
  }();
  target.run({data, size});
  return 0;
}
