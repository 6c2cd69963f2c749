#include "journal/record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace teller {
namespace {

constexpr std::string_view magic = "TREC";
constexpr std::uint8_t version_1 = 1;
constexpr std::size_t head_bytes = 4 + 1 + 16 + 2 + 4;
constexpr std::size_t entries_at = 4 + 1 + 16 + 2;
constexpr std::size_t crc_bytes = 4;
constexpr std::size_t before_entry_bytes = 8 + 2;  // Number and length.

std::unexpected<Error> invalid(std::string what) {
  return fail(Remedy::stop, "journal.record_invalid", std::move(what));
}

void put_u32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

}  // namespace

RecordBuilder::Ids::Place& RecordBuilder::Ids::place_of(const EntryId& id) {
  std::array<std::uint64_t, 2> words;
  std::memcpy(words.data(), id.bytes.data(), sizeof words);
  const std::uint64_t mixed = (words[0] ^ words[1]) * 0x9E3779B97F4A7C15ULL;
  std::size_t at = static_cast<std::size_t>(mixed >> 32U) & (places_.size() - 1);
  while (places_[at].record == record_ && places_[at].id != id)
    at = (at + 1) & (places_.size() - 1);
  return places_[at];
}

bool RecordBuilder::Ids::insert(const EntryId& id) {
  if ((size_ + 1) * 2 > places_.size()) grow();
  Place& place = place_of(id);
  if (place.record == record_) return false;
  place = {id, record_};
  ++size_;
  return true;
}

void RecordBuilder::Ids::grow() {
  std::vector<Place> before(std::max<std::size_t>(16, places_.size() * 2));
  before.swap(places_);
  for (const Place& place : before) {
    if (place.record == record_) place_of(place.id) = place;
  }
}

void RecordBuilder::Ids::clear() {
  size_ = 0;
  if (++record_ == 0) *this = Ids();  // The numbers begin again: none may be taken for an old one.
}

RecordBuilder::RecordBuilder(const CountId& count, std::uint16_t partition)
    : count_(count), partition_(partition) {
  begin();
}

void RecordBuilder::begin() {
  out_.clear();
  ids_.clear();
  entries_ = 0;
  run_at_ = 0;
  ByteWriter out(out_);
  out.raw(magic);
  out.u8(version_1);
  out.raw(ByteView(count_.bytes));
  out.u16(partition_);
  out.u32(0);  // Entries; filled in by finish().
}

bool RecordBuilder::add(const EntryId& id, ByteView entry, const Envelope& envelope) {
  check(entry.size() <= entry_bytes_max && envelope.sender.size() <= 255 &&
            envelope.batch.size() <= 255,
        "an accepted entry and its envelope fit into a record");
  if (entries_ > 0 && out_.size() + entry.size() > record_bytes_soft_max) return false;
  if (!ids_.insert(id)) return false;
  ByteWriter out(out_);
  const bool same_run = run_at_ != 0 && run_sender_ == envelope.sender &&
                        run_batch_ == envelope.batch && run_inbox_ == envelope.inbox_partition;
  std::uint32_t in_run = 0;
  if (same_run) {
    std::memcpy(&in_run, out_.data() + run_at_, sizeof in_run);
  } else {
    run_sender_ = envelope.sender;
    run_batch_ = envelope.batch;
    run_inbox_ = envelope.inbox_partition;
    out.text8(envelope.sender);
    out.text8(envelope.batch);
    out.u32(static_cast<std::uint32_t>(envelope.inbox_partition));
    run_at_ = out_.size();
    out.u32(0);
  }
  put_u32(out_, run_at_, in_run + 1);
  // In one piece: three appends cost more than their bytes.
  std::array<std::uint8_t, before_entry_bytes> head;
  const auto length = static_cast<std::uint16_t>(entry.size());
  std::memcpy(head.data(), &envelope.number, 8);  // Little-endian, as in ByteWriter.
  std::memcpy(head.data() + 8, &length, 2);
  const std::size_t at = out_.size();
  out_.resize(at + head.size() + entry.size());
  std::copy(head.begin(), head.end(), out_.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy(entry.begin(), entry.end(),
            out_.begin() + static_cast<std::ptrdiff_t>(at + head.size()));
  ++entries_;
  return true;
}

Bytes RecordBuilder::finish() {
  check(entries_ > 0, "a record holds at least one entry");
  put_u32(out_, entries_at, entries_);
  ByteWriter(out_).u32(crc32c(out_));
  Bytes finished = std::move(out_);
  begin();
  return finished;
}

std::uint32_t entries_in(ByteView record) {
  if (record.size() < head_bytes) return 0;
  return ByteReader(record.subspan(entries_at)).u32();
}

Result<RecordReader> RecordReader::open(ByteView record, const CountId& count,
                                        std::uint16_t partition) {
  if (record.size() < head_bytes + crc_bytes) return invalid("shorter than any record");
  ByteReader head(record);
  if (as_text(head.take(4)) != magic) return invalid("does not begin like a record");
  if (head.u8() != version_1) return invalid("a version that is not known here");
  const ByteView body = record.first(record.size() - crc_bytes);
  ByteReader tail(record.last(crc_bytes));
  if (tail.u32() != crc32c(body)) return invalid("wrong checksum");
  if (head.array<16>() != count.bytes) {
    return fail(Remedy::stop, "count.other", "a journal record of another count");
  }
  if (head.u16() != partition) return invalid("belongs to another partition");
  const std::uint32_t entries = head.u32();

  RecordReader reader(body.subspan(head_bytes), entries);
  // Walk it once, so that next() need not fail.
  RecordReader walker = reader;
  std::uint32_t seen = 0;
  while (walker.in_.ok() && walker.next()) ++seen;
  if (!walker.in_.done() || walker.run_left_ != 0 || seen != entries || entries == 0) {
    return invalid("its parts do not add up");
  }
  return reader;
}

std::optional<RecordReader::Item> RecordReader::next() {
  if (run_left_ == 0) {
    if (in_.left() == 0) return std::nullopt;
    const Envelope before = run_;
    run_.sender = in_.text8();
    run_.batch = in_.text8();
    run_.inbox_partition = static_cast<std::int32_t>(in_.u32());
    run_left_ = in_.u32();
    const bool goes_on = any_run_ && run_.sender == before.sender && run_.batch == before.batch &&
                         run_.inbox_partition == before.inbox_partition;
    any_run_ = true;
    if (!in_.ok() || run_left_ == 0 || goes_on) {
      // A run that is empty or goes on with the one before has no place in a record: one content
      // has one byte string. open() sees that the parts do not add up.
      run_left_ = 1;
      return std::nullopt;
    }
  }
  Item item;
  item.envelope = run_;
  item.envelope.number = in_.u64();
  item.entry = in_.take(in_.u16());
  if (!in_.ok()) return std::nullopt;
  --run_left_;
  return item;
}

}  // namespace teller
