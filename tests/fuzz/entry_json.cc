// An entry in JSON. What is accepted is canonical bytes; the bytes alone are judged the same.
#include "intake/entry_json.h"

#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(entry_json) {
  const Definition& definition = fuzz::definition();
  const auto accepted = accept_json(definition, as_text(input));
  if (!accepted) {
    check(fuzz::is_known(accepted.error().code) && !accepted.error().detail.empty(),
          "a refusal has a code and a sentence");
    return;
  }
  Entry entry;
  check(!decode(accepted->entry, *definition.rules, definition.count->id, entry),
        "its bytes can be read");
  check(encode(entry, definition.count->id) == accepted->entry, "one content, one byte string");
  const auto again = accept(definition, accepted->entry);
  check(again && again->id == accepted->id && again->partition == accepted->partition &&
            again->entry == accepted->entry,
        "JSON and bytes come to the same");
}
