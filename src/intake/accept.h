// Accepting: from bytes that came from outside to an entry that may be recorded, or a refusal.
//
// Pure: no clock, no I/O, no memory of what came before (whether an id was seen is the count's to
// say). Safe from any thread. HTTP, files and Kafka's inbox all come through here.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/code.h"
#include "election/definition.h"
#include "election/entry.h"

namespace teller {

struct Accepted {
  Bytes entry;  // Canonical.
  EntryId id;
  std::uint16_t partition = 0;
  EntryKind kind = EntryKind::ballot;
  std::optional<UnitId> unit = {};  // Of a decision: none.
};

struct Refusal {
  Code code = {};          // entry.… or batch.…
  std::string detail;      // With path and values; never the marks.
  std::uint64_t line = 0;  // Of the input, from 1; 0 where there are no lines.
};

// One entry in canonical bytes.
[[nodiscard]] std::expected<Accepted, Refusal> accept(const Definition& definition, ByteView entry);

// One entry in JSON (schema/entry.md, "In JSON").
[[nodiscard]] std::expected<Accepted, Refusal> accept_json(const Definition& definition,
                                                           std::string_view json);

// A body of many. Calls `each` once for every entry in order, with its index from 0; a refused one
// does not stop the rest. What is refused after the first `refusals_described_max` is not looked at
// closely: it has a code and no detail, and what is too short for an entry has the code of what it
// lacks most visibly. So a body of nothing but rubbish costs no more than one of entries.
// Returns a refusal of the body as a whole only when its frame cannot be read (and then `each` has
// been called for what stands before the fault). `outcome` is used again for the next entry: take
// from it what is to stay.
constexpr std::uint64_t refusals_described_max = 1000;
using EachEntry =
    std::function<void(std::uint64_t index, std::expected<Accepted, Refusal>& outcome)>;
// What an entry that could be recorded is refused with all the same, because of who sends it.
using EntryGate = std::function<std::optional<Refusal>(EntryKind kind, std::optional<UnitId> unit)>;

enum class BodyFormat { json, ndjson, packed };
// `gate` may be empty: then nothing is refused for its sender.
[[nodiscard]] std::expected<std::uint64_t, Refusal> accept_body(const Definition& definition,
                                                                BodyFormat format, ByteView body,
                                                                const EachEntry& each,
                                                                const EntryGate& gate = {});

// The packed batch that producers send ("application/vnd.teller.batch"):
//   "TBAT" u8(1) count(16) n(u32) { length(u16) entry } × n  crc32c(u32, of all before it)
inline constexpr std::size_t batch_head_bytes = 4 + 1 + 16 + 4, batch_crc_bytes = 4;
class BatchWriter {
 public:
  explicit BatchWriter(const CountId& count);
  void add(ByteView entry);
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return out_.size() + batch_crc_bytes; }
  // The finished batch; the writer is empty again afterwards.
  [[nodiscard]] Bytes finish();

 private:
  void begin();
  CountId count_;
  Bytes out_;
  std::uint32_t size_ = 0;
};

}  // namespace teller
