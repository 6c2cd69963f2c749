// An entry: one record of one card, sheet, check-in or control. Its canonical bytes are fixed by
// schema/entry.md; there is exactly one byte string for each entry, and it is what is hashed,
// logged and recounted.
//
// decode() is the only reader of those bytes. It is strict (a byte too many is refused, so is a
// reference that does not exist) and total: any input gives an Entry or a reason, never a crash.
// Intake, count and verify all call it, each for itself.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "election/count_file.h"
#include "election/rules.h"

namespace teller {

// A UUID, version 4 (drawn) or 8 (derived); the card's own, never a person's.
struct EntryId {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] auto operator<=>(const EntryId&) const = default;
};
[[nodiscard]] std::string to_text(const EntryId& id);  // 8-4-4-4-12, lower case.
[[nodiscard]] std::optional<EntryId> parse_uuid(std::string_view text);
[[nodiscard]] bool is_v4_or_v8(const EntryId& id);
// Sets version and variant bits of 16 bytes that came from a CSPRNG or a PRF.
[[nodiscard]] EntryId make_uuid(std::array<std::uint8_t, 16> bytes, int version);

// Why an entry is refused or rejected. Numbers are frozen: they stand in changes and stores, and in
// schema/events.toml, which has the code (`entry.version.unknown`) and the sentence of each.
enum class Reason : std::uint16_t {
  entry_version_unknown = 1,
  entry_kind_unknown = 2,
  entry_count_other = 3,
  entry_id_not_uuid = 4,
  entry_truncated = 5,
  entry_trailing_bytes = 6,
  entry_too_long = 7,
  entry_unit_unknown = 8,
  entry_style_unknown = 9,
  entry_card_unknown = 10,
  entry_method_unknown = 11,
  entry_contest_unknown = 12,
  entry_contest_order = 13,
  entry_contest_not_on_card = 14,
  entry_contest_missing = 15,
  entry_form_unknown = 16,
  entry_form_not_of_kind = 17,
  entry_option_unknown = 18,
  entry_marks_unsorted = 19,
  entry_write_in_not_allowed = 20,
  entry_write_in_invalid = 21,
  entry_ranking_too_long = 22,
  entry_kind_not_counted_here = 23,
  entry_sheet_version_zero = 24,
  entry_sheet_act_unknown = 25,
  entry_sheet_reason_missing = 26,
  entry_figure_too_large = 27,
  entry_text_invalid = 28,
  entry_check_in_unsupported = 29,
  entry_control_unsupported = 30,
  entry_json_syntax = 31,  // The JSON form only, as are the next three.
  entry_json_member_unknown = 32,
  entry_json_member_missing = 33,
  entry_json_type = 34,
  entry_id_not_derived = 35,  // A sheet's id is not the one its key gives.
  entry_sheet_empty = 36,
  entry_marks_repeated = 37,
  entry_conflict = 39,          // Of incidents only: another entry with this id was counted first.
  entry_ranking_trailing = 38,  // The last rank is empty: two byte strings would say the same.
  entry_write_in_repeated = 40,
  entry_sheet_withdrawal_has_figures = 41,
  entry_sheet_withdrawal_first = 42,
  control_no_officers = 43,  // Of decisions, from here on.
  control_officer_unknown = 44,
  control_signature = 45,
  control_role = 46,
  control_approvals = 47,
  control_reason_missing = 48,
  control_stage = 49,
  control_partition = 50,
  control_target = 51,
  control_target_settled = 52,
  control_certified_other = 53,
  count_not_open = 54,  // The stage of the count does not let a ballot or a sheet in.
  count_certified = 55,
};
[[nodiscard]] Code code_of(Reason reason);
[[nodiscard]] std::string_view sentence_of(Reason reason);
[[nodiscard]] std::optional<Reason> reason_of(std::uint16_t number);
[[nodiscard]] std::optional<Reason> reason_named(std::string_view text);

enum class EntryKind : std::uint8_t { ballot = 1, sheet = 2, check_in = 3, control = 4 };

// What a card says in one contest.
struct Selection {
  enum class Form : std::uint8_t {
    marks = 0,  // Options marked, ascending; may be none (an undervote) or too many (an overvote).
    ranking = 1,  // Ranks in order; a rank may be skipped (empty) or hold several options.
    blank = 2,    // Blank as a whole, by a law that counts such contests as blank ballots.
    invalid = 3,  // Invalid as a whole.
  };
  ContestId contest{};
  Form form = Form::marks;
  std::vector<OptionId> marks;
  std::vector<std::string> write_ins;  // UTF-8; ascending, no name twice, empty ones first.
  std::vector<std::vector<OptionId>> ranks;
  [[nodiscard]] bool operator==(const Selection&) const = default;
};

struct Ballot {
  UnitId unit{};
  StyleId style{};
  std::uint8_t card = 1;  // n of the style's cards, from 1.
  MethodId method{};
  std::vector<Selection> selections;  // One for each contest of the card, ascending.
};

// A number below 2^53, or one of two words. Never an implied 0.
struct Figure {
  static constexpr std::uint64_t unknown_raw = ~std::uint64_t{0};
  static constexpr std::uint64_t withheld_raw = ~std::uint64_t{0} - 1;
  static constexpr std::uint64_t limit = std::uint64_t{1} << 53;
  std::uint64_t raw = unknown_raw;

  [[nodiscard]] static Figure of(std::uint64_t value) { return {value}; }
  [[nodiscard]] static Figure withheld() { return {withheld_raw}; }
  [[nodiscard]] bool is_number() const { return raw < limit; }
  [[nodiscard]] bool is_withheld() const { return raw == withheld_raw; }
  [[nodiscard]] bool is_unknown() const { return raw == unknown_raw; }
  [[nodiscard]] auto operator<=>(const Figure&) const = default;
};

struct Sheet {
  // A withdrawal takes away what the versions below it gave; it has no figure of its own.
  enum class Act : std::uint8_t { update = 0, correction = 1, withdrawal = 2 };
  UnitId unit{};
  MethodId method{};
  ContestId contest{};
  std::uint32_t version = 1;
  Act act = Act::update;
  std::string reason;  // Empty for an update only, if at all.
  Figure cards, undervotes, overvotes, blank, invalid, write_ins, registered;
  std::vector<std::pair<OptionId, Figure>> votes;  // Ascending; an option left out is unknown.
};

struct CheckIn {
  UnitId unit{};
  MethodId method{};
  std::uint8_t age_band = 0;  // 0: not stated.
  std::uint8_t gender = 0;
};

// A decision of officers. It is an entry like any other: recorded, counted once, a leaf of the log.
struct Control {
  enum class Action : std::uint8_t {
    open = 1,
    close,
    certify,
    complete,  // Not built.
    void_ballot,
    supersede,
    reopen,
    reinstate,
    keep,
  };
  // What a certification is of: a signed statement, and how many entries this partition had counted.
  struct Certified {
    std::uint64_t statement = 0;
    Hash statement_hash{}, digest{};
    std::uint64_t entries = 0;
  };
  // Which side of a conflict counts on: the id of both, and their leaf hashes.
  struct Kept {
    EntryKind kind = EntryKind::ballot;  // Of both: ballots or sheets.
    EntryId id;
    std::array<std::uint8_t, 7> key{};  // Of sheets: by it the decision meets them.
    Hash counted{}, other{};
  };
  struct Signature {
    std::string officer;
    std::array<std::uint8_t, 64> bytes{};
  };
  Action action = Action::open;
  std::string reason;
  // About the stage of the count (open, close, certify, reopen): one entry a partition. `number` is
  // the decision's among those about the stage, from 1.
  std::uint16_t partition = 0;
  std::uint32_t number = 0;
  Certified certified;                // certify
  Bytes target;                       // void, reinstate, supersede: the full bytes of the ballot
  Bytes other;                        // supersede: those of the ballot that counts in its place
  Kept kept;                          // keep
  std::vector<Signature> signatures;  // Ascending by officer, each once.

  [[nodiscard]] bool about_stage() const {
    return action == Action::open || action == Action::close || action == Action::certify ||
           action == Action::reopen;
  }
  // The id of the entry that it is about; nothing where it is about the stage.
  [[nodiscard]] std::optional<EntryId> target_id() const;
};

struct Entry {
  EntryId id;
  std::variant<Ballot, Sheet, CheckIn, Control> body;
};

inline constexpr std::size_t entry_bytes_max = 60'000;
inline constexpr std::size_t entry_head_bytes = 26;  // version, kind, count tag, id

// The first 8 bytes of the count id stand in each entry, so that an entry of a rehearsal is
// refused by the live count even if it comes alone.
[[nodiscard]] Bytes encode(const Entry& entry, const CountId& count);

// What officers sign of a decision: all of it but the signatures, and of which count.
[[nodiscard]] Bytes signed_bytes(const EntryId& id, const Control& control, const CountId& count);

// Whether these are the bytes of a decision, without reading more than its head.
[[nodiscard]] bool is_control(ByteView entry);
// A decision read without the rules: its ballots are not looked into. Nothing where decode() would
// find a fault, that of what it is about apart.
[[nodiscard]] std::optional<Entry> read_control(ByteView entry, const CountId& count);

// Reads `bytes` into `entry`, reusing what it holds (a caller on the hot path keeps one Entry).
// Gives nothing when all is well. `entry.id` is set whenever the head could be read.
[[nodiscard]] std::optional<Reason> decode(ByteView bytes, const Rules& rules, const CountId& count,
                                           Entry& entry);

// The id without reading the rest; nothing if the head is not there.
[[nodiscard]] std::optional<EntryId> id_of(ByteView entry);

// Derived ids. A sheet's id comes from its key and version; an imported ballot's from a secret key
// and the source's own record, so that a second import is all duplicates.
[[nodiscard]] EntryId sheet_id(const Sheet& sheet);
[[nodiscard]] EntryId derived_id(ByteView secret, std::string_view source_record);

// The partition of an entry: murmur2(key) & 0x7fffffff mod P, where the key is the id; of a sheet
// its unit, method and contest (7 bytes as encoded), so that all its versions meet; of a decision
// about a ballot or a conflict that of what it is about, so that it meets it. A decision about the
// stage names its partition.
[[nodiscard]] std::uint16_t partition_of(const Entry& entry, std::uint16_t partitions);

}  // namespace teller
