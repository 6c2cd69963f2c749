// A packed batch, as producers send it. What was wholly accepted is what BatchWriter makes of it.
#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(packed_batch) {
  for (const Bytes& body : fuzz::with_and_without_crc(input)) {
    BatchWriter writer(fuzz::definition().count->id);
    std::uint64_t seen = 0, refused = 0;
    const auto entries =
        accept_body(fuzz::definition(), BodyFormat::packed, body,
                    [&](std::uint64_t index, const std::expected<Accepted, Refusal>& outcome) {
                      check(index == seen++, "entries come in their order, each once");
                      if (outcome) return writer.add(outcome->entry);
                      check(fuzz::is_known(outcome.error().code), "a refusal has a known code");
                      ++refused;
                    });
    if (!entries) {
      check(fuzz::is_known(entries.error().code) && !entries.error().detail.empty(),
            "a refusal has a code and a sentence");
      continue;
    }
    check(*entries == seen, "all of them were given");
    if (refused == 0) check(writer.finish() == body, "one content, one byte string");
  }
}
