#include "outcomes/recorded_batch.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "journal/record.h"

namespace teller {
namespace {

constexpr std::size_t batch_read_bytes = std::size_t{8} << 20;

Result<void> for_each_recorded(Journal& journal, const CountId& count, std::uint16_t partition,
                               const std::function<void(const RecordReader::Item&)>& each) {
  for (Position from = 0;;) {
    const auto records = journal.read(partition, from, batch_read_bytes);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) return {};
    for (const JournalRecord& record : *records) {
      auto reader = RecordReader::open(record.bytes, count, partition);
      if (!reader) {
        return std::unexpected(during(
            fmt::format("record {} of partition {}", record.position, partition), reader.error()));
      }
      for (auto item = reader->next(); item; item = reader->next()) each(*item);
    }
    from = records->back().position + 1;
  }
}

bool is_ballot(ByteView entry) {
  return entry.size() > entry_head_bytes &&
         entry[1] == static_cast<std::uint8_t>(EntryKind::ballot);
}

}  // namespace

Result<RecordedBatch> find_recorded_batch(Journal& journal, const CountFile& count,
                                          std::string_view batch, std::string_view sender) {
  RecordedBatch found;
  const auto is_of_it = [&](const Envelope& envelope) {
    return envelope.batch == batch && (sender.empty() || envelope.sender == sender);
  };
  for (std::uint16_t partition = 0; partition < count.partitions; ++partition) {
    std::set<EntryId> here, elsewhere;
    auto read = for_each_recorded(journal, count.id, partition, [&](const auto& item) {
      if (!is_of_it(item.envelope)) return;
      const auto id = id_of(item.entry);
      if (!id || !is_ballot(item.entry)) {
        ++found.others;
      } else if (here.insert(*id).second) {
        ++found.senders[std::string(item.envelope.sender)];
      }
    });
    if (read && !here.empty()) {
      read = for_each_recorded(journal, count.id, partition, [&](const auto& item) {
        if (is_of_it(item.envelope)) return;
        const auto id = id_of(item.entry);
        if (id && here.contains(*id)) elsewhere.insert(*id);
      });
    }
    if (!read) return std::unexpected(read.error());
    found.ballots.insert(found.ballots.end(), here.begin(), here.end());
    found.elsewhere.insert(found.elsewhere.end(), elsewhere.begin(), elsewhere.end());
  }
  std::ranges::sort(found.ballots);
  std::ranges::sort(found.elsewhere);
  return found;
}

}  // namespace teller
