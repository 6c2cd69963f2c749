#include "journal/journal_memory.h"

namespace teller {

void MemoryJournal::append(std::uint16_t partition, Bytes record, Done done) {
  Position position = 0;
  {
    const std::scoped_lock lock(mutex_);
    auto& records = records_.at(partition);
    position = records.size();
    records.push_back(std::move(record));
  }
  done(position);
}

Result<std::vector<JournalRecord>> MemoryJournal::read(std::uint16_t partition, Position from,
                                                       std::size_t bytes_max) {
  const std::scoped_lock lock(mutex_);
  const auto& records = records_.at(partition);
  std::vector<JournalRecord> result;
  std::size_t bytes = 0;
  for (Position at = from; at < records.size(); ++at) {
    bytes += records[at].size();
    if (!result.empty() && bytes > bytes_max) break;
    result.push_back({at, records[at]});
  }
  return result;
}

Result<Position> MemoryJournal::end(std::uint16_t partition) {
  const std::scoped_lock lock(mutex_);
  return records_.at(partition).size();
}

}  // namespace teller
