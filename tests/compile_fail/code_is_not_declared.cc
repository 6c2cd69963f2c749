// An error with a code that schema/events.toml does not declare must not compile.
#include "base/error.h"

teller::Result<void> nothing() {
#if MUST_NOT_COMPILE
  return teller::fail(teller::Remedy::reject, "entry.unit.unknwon", "");
#else
  return teller::fail(teller::Remedy::reject, "entry.unit.unknown", "");
#endif
}
