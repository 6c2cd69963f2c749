// A journal record. One that can be read holds what it says, and its items make it again.
#include "journal/record.h"

#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(record) {
  constexpr std::uint16_t partition = 5;  // Of the vector.
  const CountId& count = fuzz::definition().count->id;
  for (const Bytes& bytes : fuzz::with_and_without_crc(input)) {
    (void)entries_in(bytes);
    auto reader = RecordReader::open(bytes, count, partition);
    if (!reader) {
      check(fuzz::is_known(reader.error().code), "an error has a known code");
      continue;
    }
    RecordBuilder builder(count, partition);
    std::uint32_t items = 0;
    bool whole = true;
    while (const auto item = reader->next()) {
      ++items;
      const auto id = id_of(item->entry);
      // What a builder would not put in: an entry without an id, an id twice, more than fits.
      whole = whole && id && item->entry.size() <= entry_bytes_max &&
              builder.add(*id, item->entry, item->envelope);
    }
    check(items == reader->entries() && items == entries_in(bytes), "it holds what it says");
    check(!reader->next(), "after the last there is none");
    // Two runs of one envelope in a row are one run to a builder; the bytes are then not the same.
    if (whole) check(builder.finish().size() <= bytes.size(), "no record is longer than needed");
  }
}
