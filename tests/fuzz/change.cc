// A change, as it travels from an executor to the store.
#include "count/step.h"
#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(change) {
  const auto change = decode_change(input);
  if (!change) {
    check(fuzz::is_known(change.error().code), "an error has a known code");
    return;
  }
  const Bytes again = encode(*change);
  check(std::ranges::equal(again, input), "one content, one byte string");
  check(change->from <= change->to, "it counts forwards");
}
