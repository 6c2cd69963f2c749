#include "engine/partition_recovery.h"

#include <algorithm>

#include <fmt/format.h>

#include "count/roll_forward.h"
#include "journal/record.h"

namespace teller {
namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 20;

}  // namespace

Result<std::vector<JournalRecord>> read_records(Journal& journal, std::uint16_t partition,
                                                Position from, Position to) {
  std::vector<JournalRecord> records;
  while (from < to) {
    auto some = journal.read(partition, from, read_bytes);
    if (!some) return std::unexpected(some.error());
    if (some->empty() || some->front().position != from) {
      return fail(Remedy::stop, "journal.gap",
                  fmt::format("record {} of partition {} is gone", from, partition));
    }
    for (JournalRecord& record : *some) {
      if (record.position >= to) break;
      from = record.position + 1;
      records.push_back(std::move(record));
    }
  }
  return records;
}

Result<std::vector<RecordedEntry>> entries_of(const std::vector<JournalRecord>& records,
                                              const CountId& count, std::uint16_t partition) {
  std::vector<RecordedEntry> entries;
  std::size_t said = 0;
  for (const JournalRecord& record : records) {
    said += std::min<std::size_t>(entries_in(record.bytes), record.bytes.size() / 10);
  }
  entries.reserve(said);
  for (const JournalRecord& record : records) {
    auto reader = RecordReader::open(record.bytes, count, partition);
    if (!reader) {
      return std::unexpected(during(
          fmt::format("partition {}, record {}", partition, record.position), reader.error()));
    }
    std::uint32_t index = 0;
    while (const auto item = reader->next()) {
      entries.push_back({record.position, index++, item->entry});
    }
  }
  return entries;
}

Result<Step> step_again(Partition& partition, const StepRow& row, Journal& journal,
                        const CountId& count) {
  const auto records = read_records(journal, row.partition, row.from, row.to);
  if (!records) return std::unexpected(records.error());
  const auto entries = entries_of(*records, count, row.partition);
  if (!entries) return std::unexpected(entries.error());
  Step step = partition.step(row.to, *entries);
  if (step.segment_hash != row.segment) {
    return fail(Remedy::stop, "segments.corrupt",
                segment_name(row.partition, row.number) +
                    ", computed again, is not the one that was committed");
  }
  return step;
}

Result<Partition> partition_at(const ReplayParts& parts, std::uint16_t number,
                               const Committed& committed) {
  const Home& home = *parts.home;
  Partition partition(home.rules, home.count, number);
  auto rolled = roll_forward(partition, *parts.segments, number, committed);
  if (rolled) return partition;
  if (rolled.error().code != Code("segments.missing")) return std::unexpected(rolled.error());
  // A segment is lost or damaged. Everything that leads to it is in the journal, and the store
  // knows its boundaries: compute it again, step by step, from the beginning.
  partition = Partition(home.rules, home.count, number);
  for (std::uint64_t step = 1; step <= committed.number; ++step) {
    const auto row = parts.store->step(number, step);
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::unexpected(rolled.error());
    const auto kept = parts.segments->get(number, step, (*row)->segment);
    if (kept) {
      if (auto restored = partition.restore(*kept, (*row)->to); !restored) {
        return std::unexpected(restored.error());
      }
      continue;
    }
    const auto again = step_again(partition, **row, *parts.journal, home.count.id);
    if (!again) return std::unexpected(during(segment_name(number, step), again.error()));
    auto done = parts.segments->put(number, step, (*row)->segment, again->segment);
    if (done) {
      done = partition.settle({(*row)->number, (*row)->to, (*row)->log_size, (*row)->root});
    }
    if (!done) return std::unexpected(done.error());
    if (parts.noted) {
      parts.noted({Remedy::retry, "segments.missing",
                   segment_name(number, step) + " was lost and computed again"});
    }
  }
  return partition;
}

}  // namespace teller
