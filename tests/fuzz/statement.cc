// A statement, or a zero report. What can be read is exactly what would be written.
#include "publish/statement.h"

#include "fuzz/target.h"
#include "publish/zero_report.h"

using namespace teller;

FUZZ_TARGET(statement) {
  const auto statement = parse_statement(as_text(input));
  if (statement) {
    check(to_text(*statement) == as_text(input), "one content, one byte string");
  } else {
    check(fuzz::is_known(statement.error().code), "a refusal has a known code");
  }
  const auto zero = parse_zero_report(as_text(input));
  if (zero) {
    check(to_text(*zero) == as_text(input), "one content, one byte string");
  } else {
    check(fuzz::is_known(zero.error().code), "a refusal has a known code");
  }
}
