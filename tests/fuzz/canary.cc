// A planted fault. If the fuzzers do not find this one within their seconds, they find nothing, and
// the part `fuzz` of the tests fails.
#include "fuzz/target.h"

FUZZ_TARGET(canary) {
  if (input.size() > 4 && input[0] == 'T' && input[1] == 'B' && input[2] == 'A' &&
      input[3] == 'T' && input[4] > 0x7F) {
    teller::check(false, "the canary was found");
  }
}
