// A journal record: one or many entries of one partition with their private envelopes, in the
// packed form of schema/entry.md ("In the journal"). It is the value of a message of Kafka's
// `entries` topic and of a frame of the embedded journal.
//
// A record never holds one id twice: the second copy goes into the next record, so that "first in
// the journal" has a meaning.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"

namespace teller {

// Where an entry came from. Private: it stays in the journal and never reaches log or store.
struct Envelope {
  std::string_view sender;  // Certificate name or token name; up to 255 bytes, as is `batch`.
  std::string_view batch;
  std::uint64_t number = 0;           // In the batch; for the inbox the offset.
  std::int32_t inbox_partition = -1;  // -1: did not come through the inbox.
};

inline constexpr std::size_t record_bytes_soft_max = 64 * 1024;

class RecordBuilder {
 public:
  RecordBuilder(const CountId& count, std::uint16_t partition);

  // False, and nothing is added, when the id is already in or the record is full (soft maximum):
  // take finish() and add to the next.
  [[nodiscard]] bool add(const EntryId& id, ByteView entry, const Envelope& envelope);

  [[nodiscard]] bool empty() const { return entries_ == 0; }
  [[nodiscard]] std::uint32_t entries() const { return entries_; }
  [[nodiscard]] std::size_t bytes() const { return out_.size(); }
  // The finished record; the builder is empty again afterwards.
  [[nodiscard]] Bytes finish();

 private:
  // The ids of one record. A place is taken when it bears this record's number, so that the next
  // record begins without cleaning up; a std::unordered_set asked for memory for each entry.
  class Ids {
   public:
    // False: it is in already.
    [[nodiscard]] bool insert(const EntryId& id);
    void clear();

   private:
    struct Place {
      EntryId id;
      std::uint32_t record = 0;
    };
    [[nodiscard]] Place& place_of(const EntryId& id);
    void grow();
    std::vector<Place> places_;  // A power of two, at most half of them taken.
    std::size_t size_ = 0;
    std::uint32_t record_ = 1;
  };
  void begin();
  CountId count_;
  std::uint16_t partition_;
  Bytes out_;
  std::uint32_t entries_ = 0;
  std::size_t run_at_ = 0;  // Where the open run's count stands.
  std::string run_sender_, run_batch_;
  std::int32_t run_inbox_ = -1;
  Ids ids_;
};

// Which record of the journal, and how many entries it has. Index i of it is its entry i, from 0.
struct RecordPlace {
  std::uint16_t partition = 0;
  std::uint64_t position = 0;
  std::uint32_t entries = 0;
  [[nodiscard]] auto operator<=>(const RecordPlace&) const = default;
};

// How many entries a record says it holds, without checking anything; 0 if it is too short.
[[nodiscard]] std::uint32_t entries_in(ByteView record);

// Reads a record entry by entry. Views point into the record's bytes.
class RecordReader {
 public:
  // Errors: stop journal.record_invalid (not a record, wrong checksum), stop count.other.
  [[nodiscard]] static Result<RecordReader> open(ByteView record, const CountId& count,
                                                 std::uint16_t partition);

  struct Item {
    ByteView entry;
    Envelope envelope;
  };
  // The next item; nothing after the last. Never fails: open() has walked the whole record.
  [[nodiscard]] std::optional<Item> next();
  [[nodiscard]] std::uint32_t entries() const { return entries_; }

 private:
  explicit RecordReader(ByteView body, std::uint32_t entries) : in_(body), entries_(entries) {}
  ByteReader in_;
  std::uint32_t entries_ = 0, run_left_ = 0;
  bool any_run_ = false;
  Envelope run_{};
};

}  // namespace teller
