// Canonical bytes of an entry, from anybody. What can be read is exactly what would be written.
#include "election/decisions.h"
#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(entry) {
  const auto& [rules, count] = fuzz::definition();
  Entry entry;
  const auto wrong = decode(input, *rules, count->id, entry);
  // What can be read may still be a decision that no officer of this count signed.
  const Control* control = wrong ? nullptr : std::get_if<Control>(&entry.body);
  const auto refused = control == nullptr ? wrong : not_decided(entry.id, *control, *count);
  const auto accepted = accept(fuzz::definition(), input);
  check(accepted.has_value() == !refused, "intake and count judge alike");
  if (refused) {
    check(code_of(*refused) == accepted.error().code, "and give the same reason");
    check(fuzz::is_known(accepted.error().code) && !accepted.error().detail.empty(),
          "a refusal has a code and a sentence");
    check(reason_of(static_cast<std::uint16_t>(*refused)) == refused, "a reason has a number");
  }
  if (wrong) return;
  const Bytes again = encode(entry, count->id);
  check(std::ranges::equal(again, input), "one content, one byte string");
  check(id_of(input) == entry.id && is_v4_or_v8(entry.id), "its id is that of its head");
  if (accepted) {
    check(std::ranges::equal(accepted->entry, input) && accepted->id == entry.id,
          "and that is what is recorded");
  }
  check(parse_uuid(to_text(entry.id)) == entry.id, "an id can be written and read");
  for (const std::uint16_t partitions : std::initializer_list<std::uint16_t>{1, 2, 7, 64, 512}) {
    check(partition_of(entry, partitions) < partitions, "it belongs to a partition that is there");
  }
}
