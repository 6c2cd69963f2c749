// A step: everything that counting the records [from, to) of one partition changes, as two byte
// strings. Their grammar is in schema/entry.md ("A segment", "A change").
//
//   segment  the leaves it adds to the partition's log, sorted by leaf hash: nothing in it tells
//            the order of arrival. It stays where the logs are.
//   change   what the store needs: where it begins and ends, the signed change of every total, the
//            number of every outcome, conflicts and rejections, the log's new size and root, the
//            segment's hash. Only this travels.
//
// The same input always gives the same bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "election/entry.h"
#include "log/merkle.h"

namespace teller {

// A column of the totals: an option of the contest (below 0xFF00), or one of these counters.
namespace slot {
inline constexpr std::uint16_t cards = 0xFF00;  // Cards that carry the contest.
inline constexpr std::uint16_t undervotes = 0xFF01;
inline constexpr std::uint16_t overvotes = 0xFF02;
inline constexpr std::uint16_t blank = 0xFF03;
inline constexpr std::uint16_t invalid = 0xFF04;
inline constexpr std::uint16_t write_ins = 0xFF05;
inline constexpr std::uint16_t exhausted = 0xFF06;   // Ranked: a card without a first preference.
inline constexpr std::uint16_t registered = 0xFF07;  // As a sheet gives it.
inline constexpr std::uint16_t sheets =
    0xFF08;  // Of the unit: keys of sheets that report (not versions).
inline constexpr std::uint16_t first_counter = cards;
// "undervotes"; empty for a slot that is an option.
[[nodiscard]] std::string_view name(std::uint16_t slot);
}  // namespace slot

// Not a contest but the unit itself: `cards` and `sheets` of it, whatever stands on them.
inline constexpr ContestId whole_unit{0xFFFF};

struct TotalKey {
  ContestId contest{};
  std::uint16_t slot = 0;
  UnitId unit{};
  MethodId method{};
  [[nodiscard]] auto operator<=>(const TotalKey&) const = default;
};

// A total and how it is known. From ballots, `known` stays 0 and the value is a number. From
// sheets, known = 1: a number; withheld = 1: withheld; neither: unknown. As a change, the
// differences of the three.
struct Total {
  std::int64_t value = 0;
  std::int8_t known = 0;
  std::int8_t withheld = 0;
  [[nodiscard]] bool operator==(const Total&) const = default;
  [[nodiscard]] bool is_zero() const { return value == 0 && known == 0 && withheld == 0; }
  Total& operator+=(const Total& other) {
    value += other.value;
    known = static_cast<std::int8_t>(known + other.known);
    withheld = static_cast<std::int8_t>(withheld + other.withheld);
    return *this;
  }
  Total& operator-=(const Total& other) {
    value -= other.value;
    known = static_cast<std::int8_t>(known - other.known);
    withheld = static_cast<std::int8_t>(withheld - other.withheld);
    return *this;
  }
};

struct TotalChange {
  TotalKey key;
  Total by;
  [[nodiscard]] bool operator==(const TotalChange&) const = default;
};

enum class Outcome : std::uint8_t { counted = 0, duplicate = 1, conflict = 2, rejected = 3 };
[[nodiscard]] std::string_view to_text(Outcome outcome);

// A conflict or a rejection: where its bytes are, and hashes; never the bytes.
struct Incident {
  Outcome outcome = Outcome::conflict;
  Reason reason = Reason::entry_conflict;
  std::uint64_t position = 0;
  std::uint32_t index = 0;
  EntryId id;
  Hash leaf{};                             // Of the entry that was not counted.
  std::array<std::uint8_t, 16> counted{};  // Conflict: first 16 bytes of the counted leaf's hash.
  [[nodiscard]] bool operator==(const Incident&) const = default;
};

// A figure of a result sheet that fell under `update`: counted, and an alarm.
struct FigureDecrease {
  TotalKey key;
  std::uint64_t before = 0, after = 0;
  std::string reason;
  [[nodiscard]] bool operator==(const FigureDecrease&) const = default;
};

struct Outcomes {
  std::uint64_t counted = 0, duplicate = 0, conflict = 0, rejected = 0;
  [[nodiscard]] std::uint64_t recorded() const { return counted + duplicate + conflict + rejected; }
  Outcomes& operator+=(const Outcomes& other);
  [[nodiscard]] bool operator==(const Outcomes&) const = default;
};

// What the store has committed of one partition; what a step begins on.
struct Committed {
  std::uint64_t number = 0;    // Of its last step; 0: none yet.
  std::uint64_t position = 0;  // The first record not counted yet.
  std::uint64_t log_size = 0;
  Hash root = empty_root();
  [[nodiscard]] bool operator==(const Committed&) const = default;
};

struct Change {
  CountId count;
  std::uint16_t partition = 0;
  std::uint64_t number = 0;
  std::uint64_t from = 0, to = 0;
  Outcomes outcomes;
  std::vector<TotalChange> totals;  // Ascending by key, none of them zero.
  std::vector<Incident> incidents;  // In the journal's order.
  std::vector<FigureDecrease> decreases;
  std::vector<Bytes> decisions;  // Entries of officers (entry.h, Control) that were counted.
  std::uint64_t log_size = 0;    // After the step.
  Hash root{};
  Hash segment{};  // SHA-256 of the segment's bytes.
  [[nodiscard]] Committed after() const { return {number, to, log_size, root}; }
  [[nodiscard]] bool operator==(const Change&) const = default;
};

[[nodiscard]] Bytes encode(const Change& change);
// Errors: stop change.invalid.
[[nodiscard]] Result<Change> decode_change(ByteView bytes);

struct Step {
  Bytes segment;
  Bytes change;
  Hash segment_hash{};  // As in the change.
};
}  // namespace teller
