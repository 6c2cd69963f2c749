// Records what was accepted: packs the entries of one request into journal records, by partition,
// appends them, and says what came of it when the journal has answered for all of them.
//
// What always holds:
//   - An entry is in at most one record of its request. A second copy of an id goes into a later
//     record, and a later record is appended only when the earlier one is recorded, so that which
//     of two copies stands first does not depend on what failed in between.
//   - Records of one partition are appended in the order of their entries.
//   - Nothing is called recorded before the journal said so, and what it does not know is called
//     unknown, never refused.
//
// Safe from any thread. Called by the entries endpoint and by `teller load --home`. The journal
// must outlive it, and allow append() from inside a callback.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "intake/accept.h"
#include "journal/journal.h"
#include "journal/record.h"

namespace teller {

// What became of the entries of one request. They add up to how many there were.
struct Recorded {
  std::uint64_t recorded = 0;
  std::uint64_t unknown = 0;       // Recorded or not: send the same again.
  std::uint64_t not_recorded = 0;  // The journal was busy or has failed: send the same again.
  bool failed = false;             // The journal said `stop`; nothing more is recorded here.
  // Of the first thing that went wrong; empty when nothing did.
  Code code;
  std::string detail;
  // Where they stand: the records that the journal has taken, by partition and position. The
  // entries of one partition (partition_of()) fill its records in the order of the request, as long
  // as none of them is unknown or was not recorded.
  std::vector<RecordPlace> records;
};

class Recorder {
 public:
  using Done = std::function<void(Recorded)>;
  using Failed = std::function<void(const Error&)>;

  // `failed` is called once, from any thread, when the journal first says `stop`: the host exits.
  Recorder(const CountFile& count, Journal& journal, Failed failed = {});

  // The accepted entries of one request, in order. Not thread-safe.
  class EntryBatch {
   public:
    void add(const Accepted& accepted, std::uint64_t number);
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

   private:
    friend class Recorder;
    struct Record {
      Bytes bytes;
      std::uint32_t entries = 0;
    };
    struct PartitionRecords {  // Of one partition.
      explicit PartitionRecords(RecordBuilder given) : builder(std::move(given)) {}
      RecordBuilder builder;
      std::vector<Record> full;
      std::vector<std::uint64_t> ids;  // Eight bytes of each; equal ones only cost time.
    };
    EntryBatch(const CountFile& count, std::string sender, std::string batch);
    static void close(PartitionRecords& partition_records);

    CountId count_;
    std::string sender_, batch_;
    std::vector<std::unique_ptr<PartitionRecords>>
        by_partition_;  // By partition; made when first needed.
    std::uint64_t entries_ = 0;
  };
  // Sender and batch are at most 255 bytes each.
  [[nodiscard]] EntryBatch entry_batch(std::string sender, std::string batch) const;

  // `done` is called exactly once, from any thread, possibly before record() returns.
  void record(EntryBatch entry_batch, Done done);

 private:
  struct Shared;
  struct Request;
  static void append(const std::shared_ptr<Request>& request, std::uint16_t partition,
                     std::size_t index);

  std::shared_ptr<Shared> shared_;
};

}  // namespace teller
