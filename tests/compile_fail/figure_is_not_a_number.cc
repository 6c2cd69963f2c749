// A figure of a result sheet may be withheld or unknown; to use it as a number must not compile.
#include "election/entry.h"

std::uint64_t twice(teller::Figure figure) {
#if MUST_NOT_COMPILE
  return figure * 2;
#else
  return figure.is_number() ? figure.raw * 2 : 0;
#endif
}
