// A statement. What can be read is exactly what would be written.
#include "publish/statement.h"

#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(statement) {
  const auto statement = parse_statement(as_text(input));
  if (statement) {
    check(to_text(*statement) == as_text(input), "one content, one byte string");
  } else {
    check(fuzz::is_known(statement.error().code), "a refusal has a known code");
  }
}
