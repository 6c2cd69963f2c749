// The body of POST /v1/deliveries: lines that a clerk's program sent, or somebody else's. What is taken and written
// again says the same, and a line that is none is counted, whatever the others are.
#include "deliver/delivery_json.h"
#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(delivery) {
  const auto body = parse_body(as_text(input), fuzz::definition());
  if (!body) {
    check(fuzz::is_known(body.error().code) && !body.error().detail.empty() &&
              body.error().remedy == Remedy::reject,
          "a refusal has a code and a sentence");
    return;
  }
  const RefusedDeliveryLines& refused = body->refused;
  check(refused.first.size() == std::min<std::uint64_t>(refused.total, refused.listed_max),
        "the first thousand are listed");
  for (const RefusedDeliveryLine& line : refused.first) {
    check(line.line > 0 && fuzz::is_known(line.code) && !line.detail.empty(),
          "a line that is refused has a number, a code and a sentence");
  }
  const std::string written = to_body(body->delivery, fuzz::definition());
  const auto again = parse_body(written, fuzz::definition());
  check(again && again->refused.total == 0, "what is written is taken");
  check(to_body(again->delivery, fuzz::definition()) == written, "and says the same");
}
