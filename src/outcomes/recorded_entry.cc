#include "outcomes/recorded_entry.h"

#include <fmt/format.h>

#include "journal/record.h"
#include "log/merkle.h"

namespace teller {

Result<Bytes> recorded_entry(Journal& journal, const CountFile& count, const EntryPlace& place,
                             const Hash& leaf) {
  const std::string where =
      fmt::format("record {} of partition {}", place.position, place.partition);
  const auto records = journal.read(place.partition, place.position, 1);
  if (!records) return std::unexpected(records.error());
  if (records->empty() || records->front().position != place.position) {
    return fail(Remedy::stop, "journal.gap", where + ", which was counted, is gone");
  }
  auto reader = RecordReader::open(records->front().bytes, count.id, place.partition);
  if (!reader) return std::unexpected(during(where, reader.error()));
  std::uint32_t index = 0;
  for (auto item = reader->next(); item; item = reader->next(), ++index) {
    if (index != place.index) continue;
    if (leaf_hash(item->entry) != leaf) break;
    return Bytes(item->entry.begin(), item->entry.end());
  }
  return fail(Remedy::stop, "journal.corrupt",
              fmt::format("{}: entry {} is another one than was counted", where, place.index));
}

}  // namespace teller
