// A contest passed where a reporting unit is meant must not compile.
#include "count/step.h"

teller::TotalKey key() {
  [[maybe_unused]] constexpr teller::ContestId contest{1};
#if MUST_NOT_COMPILE
  return {contest, 0, contest, teller::MethodId{0}};
#else
  return {contest, 0, teller::UnitId{1}, teller::MethodId{0}};
#endif
}
