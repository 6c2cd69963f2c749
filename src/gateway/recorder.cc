#include "gateway/recorder.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace teller {

struct Recorder::Shared {
  const CountFile* count;
  Journal* journal;
  Failed failed;
  std::atomic<bool> has_failed{false};
};

// What is in flight of one request. It lives in the callbacks that are outstanding.
struct Recorder::Request {
  struct PartitionRecords {
    std::vector<EntryBatch::Record> records;
    bool one_by_one = false;
  };

  std::shared_ptr<Shared> shared;
  std::vector<PartitionRecords> by_partition;
  Done done;

  std::mutex mutex;
  Recorded outcome;
  std::atomic<std::size_t> outstanding{1};  // Records without an answer, and record() itself.

  void note(std::uint16_t partition, std::uint32_t entries, const Result<Position>& result) {
    const std::scoped_lock lock(mutex);
    if (result) {
      outcome.recorded += entries;
      outcome.records.push_back({partition, *result, entries});
      return;
    }
    if (outcome.code.empty()) {
      outcome.code = result.error().code;
      outcome.detail = result.error().detail;
    }
    switch (result.error().remedy) {
      case Remedy::retry:
        outcome.not_recorded += entries;
        return;
      case Remedy::abort:
        outcome.unknown += entries;
        return;
      case Remedy::stop:
        // A disk that fails may have kept it.
        outcome.unknown += entries;
        outcome.failed = true;
        return;
      case Remedy::reject:
        break;
    }
    check(false, "a journal never rejects a record");
  }
  void finished(std::size_t count) {
    if (outstanding.fetch_sub(count, std::memory_order_acq_rel) != count) return;
    std::ranges::sort(outcome.records);
    done(std::move(outcome));
  }
};

Recorder::Recorder(const CountFile& count, Journal& journal, Failed failed)
    : shared_(std::make_shared<Shared>()) {
  shared_->count = &count;
  shared_->journal = &journal;
  shared_->failed = std::move(failed);
}

Recorder::EntryBatch Recorder::entry_batch(std::string sender, std::string batch) const {
  return EntryBatch(*shared_->count, std::move(sender), std::move(batch));
}

Recorder::EntryBatch::EntryBatch(const CountFile& count, std::string sender, std::string batch)
    : count_(count.id),
      sender_(std::move(sender)),
      batch_(std::move(batch)),
      by_partition_(count.partitions) {}

void Recorder::EntryBatch::add(const Accepted& accepted, std::uint64_t number) {
  check(accepted.partition < by_partition_.size(),
        "an accepted entry has a partition of this count");
  auto& partition_records = by_partition_[accepted.partition];
  if (!partition_records)
    partition_records =
        std::make_unique<PartitionRecords>(RecordBuilder(count_, accepted.partition));
  const Envelope envelope{
      .sender = sender_, .batch = batch_, .number = number, .inbox_partition = -1};
  if (!partition_records->builder.add(accepted.id, accepted.entry, envelope)) {
    close(*partition_records);
    check(partition_records->builder.add(accepted.id, accepted.entry, envelope),
          "an empty record takes any entry");
  }
  std::uint64_t id;
  std::memcpy(&id, accepted.id.bytes.data() + 8, sizeof(id));
  partition_records->ids.push_back(id);
  ++entries_;
}

void Recorder::EntryBatch::close(PartitionRecords& partition_records) {
  if (partition_records.builder.empty()) return;
  const std::uint32_t entries = partition_records.builder.entries();
  partition_records.full.push_back({partition_records.builder.finish(), entries});
}

void Recorder::record(EntryBatch entry_batch, Done done) {
  auto request = std::make_shared<Request>();
  request->shared = shared_;
  request->done = std::move(done);
  request->by_partition.resize(entry_batch.by_partition_.size());
  for (std::size_t i = 0; i < entry_batch.by_partition_.size(); ++i) {
    if (!entry_batch.by_partition_[i]) continue;
    EntryBatch::PartitionRecords& from = *entry_batch.by_partition_[i];
    EntryBatch::close(from);
    Request::PartitionRecords& to = request->by_partition[i];
    to.records = std::move(from.full);
    if (to.records.size() > 1) {
      std::sort(from.ids.begin(), from.ids.end());
      to.one_by_one = std::adjacent_find(from.ids.begin(), from.ids.end()) != from.ids.end();
    }
    request->outstanding += to.records.size();
  }
  entry_batch = EntryBatch(*shared_->count, {}, {});

  for (std::size_t i = 0; i < request->by_partition.size(); ++i) {
    const std::size_t at_once =
        request->by_partition[i].one_by_one ? 1 : request->by_partition[i].records.size();
    for (std::size_t j = 0; j < at_once; ++j) append(request, static_cast<std::uint16_t>(i), j);
  }
  request->finished(1);
}

void Recorder::append(const std::shared_ptr<Request>& request, std::uint16_t partition,
                      std::size_t index) {
  Shared& shared = *request->shared;
  EntryBatch::Record& record = request->by_partition[partition].records[index];
  const std::uint32_t entries = record.entries;
  auto answered = [request, partition, index, entries](Result<Position> result) {
    request->note(partition, entries, result);
    if (!result && result.error().remedy == Remedy::stop &&
        !request->shared->has_failed.exchange(true) && request->shared->failed)
      request->shared->failed(result.error());

    const Request::PartitionRecords& partition_records = request->by_partition[partition];
    if (!partition_records.one_by_one || index + 1 == partition_records.records.size())
      return request->finished(1);
    if (result) {
      append(request, partition, index + 1);
      return request->finished(1);
    }
    // What comes after a failed record stays out: it may hold a second copy of one of its entries.
    std::uint64_t kept_back = 0;
    for (std::size_t i = index + 1; i < partition_records.records.size(); ++i)
      kept_back += partition_records.records[i].entries;
    {
      const std::scoped_lock lock(request->mutex);
      request->outcome.not_recorded += kept_back;
    }
    request->finished(partition_records.records.size() - index);
  };
  if (shared.has_failed.load(std::memory_order_relaxed)) {
    {
      const std::scoped_lock lock(request->mutex);
      request->outcome.failed = true;
    }
    return answered(fail(Remedy::retry, "engine.failed",
                         "the journal has failed; this process is about to end"));
  }
  shared.journal->append(partition, std::move(record.bytes), std::move(answered));
}

}  // namespace teller
