// Canonical bytes of an entry, from anybody. What can be read is exactly what would be written.
#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(entry) {
  const auto& [rules, count] = fuzz::definition();
  Entry entry;
  const auto wrong = decode(input, *rules, count->id, entry);
  const auto accepted = accept(fuzz::definition(), input);
  check(accepted.has_value() == !wrong, "intake and count read alike");
  if (wrong) {
    check(code_of(*wrong) == accepted.error().code, "and give the same reason");
    check(fuzz::is_known(accepted.error().code) && !accepted.error().detail.empty(),
          "a refusal has a code and a sentence");
    check(reason_of(static_cast<std::uint16_t>(*wrong)) == wrong, "a reason has a number");
    return;
  }
  const Bytes again = encode(entry, count->id);
  check(std::ranges::equal(again, input), "one content, one byte string");
  check(std::ranges::equal(accepted->entry, input), "and that is what is recorded");
  check(id_of(input) == entry.id && accepted->id == entry.id && is_v4_or_v8(entry.id),
        "its id is that of its head");
  check(parse_uuid(to_text(entry.id)) == entry.id, "an id can be written and read");
  for (const std::uint16_t partitions : std::initializer_list<std::uint16_t>{1, 2, 7, 64, 512}) {
    check(partition_of(entry, partitions) < partitions, "it belongs to a partition that is there");
  }
}
