#include "election/entry.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "election/murmur2.h"

namespace teller {
namespace {

constexpr std::uint8_t version_1 = 1;
constexpr std::uint8_t version_2 = 2;  // Of a control alone: its first version was never counted.
constexpr std::size_t signatures_max = 8;
constexpr std::string_view decision_text = "teller decision 2\n";
constexpr std::size_t tag_bytes = 8;
constexpr std::size_t text_max = 2'000;

void write_figure(ByteWriter& out, Figure figure) { out.u64(figure.raw); }

bool read_figure(ByteReader& in, Figure& figure) {
  figure.raw = in.u64();
  return figure.is_number() || figure.is_withheld() || figure.is_unknown();
}

bool clean(std::string_view text) { return text.size() <= text_max && is_clean_utf8(text); }

// What decode() stands on while it reads the body of one entry.
struct Decoder {
  ByteReader in;
  const Rules& rules;

  std::optional<Reason> selection(const Contest& contest, Selection& out) {
    const std::uint8_t form = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (form > 3) return Reason::entry_form_unknown;
    out.form = static_cast<Selection::Form>(form);
    out.marks.clear();
    out.write_ins.clear();
    out.ranks.clear();
    switch (out.form) {
      case Selection::Form::marks:
        if (contest.kind != ContestKind::plurality) return Reason::entry_form_not_of_kind;
        return marks(contest, out);
      case Selection::Form::ranking:
        if (contest.kind != ContestKind::ranked) return Reason::entry_form_not_of_kind;
        return ranking(contest, out);
      case Selection::Form::blank:
      case Selection::Form::invalid:
        break;
    }
    return std::nullopt;
  }

  std::optional<Reason> options(const Contest& contest, std::size_t n, std::vector<OptionId>& out) {
    for (std::size_t i = 0; i < n; ++i) {
      const OptionId option{in.u16()};
      if (!in.ok()) return Reason::entry_truncated;
      if (option.value >= contest.options.size()) return Reason::entry_option_unknown;
      if (!out.empty() && option <= out.back()) {
        return option == out.back() ? Reason::entry_marks_repeated : Reason::entry_marks_unsorted;
      }
      out.push_back(option);
    }
    return std::nullopt;
  }

  std::optional<Reason> marks(const Contest& contest, Selection& out) {
    const std::size_t n = in.u8();
    if (const auto wrong = options(contest, n, out.marks)) return wrong;
    const std::size_t write_ins = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (write_ins > 0 && !contest.write_ins) return Reason::entry_write_in_not_allowed;
    for (std::size_t i = 0; i < write_ins; ++i) {
      const std::string_view text = in.text8();
      if (!in.ok()) return Reason::entry_truncated;
      if (!clean(text)) return Reason::entry_write_in_invalid;
      if (!out.write_ins.empty() && text <= out.write_ins.back()) {
        if (text < out.write_ins.back()) return Reason::entry_write_in_invalid;
        // Nobody can read the empty ones, so they may be different persons.
        if (!text.empty()) return Reason::entry_write_in_repeated;
      }
      out.write_ins.emplace_back(text);
    }
    return std::nullopt;
  }

  std::optional<Reason> ranking(const Contest& contest, Selection& out) {
    const std::size_t n = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (n > contest.votes_allowed) return Reason::entry_ranking_too_long;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at_rank = in.u8();
      if (const auto wrong = options(contest, at_rank, out.ranks.emplace_back())) return wrong;
    }
    if (!in.ok()) return Reason::entry_truncated;
    if (!out.ranks.empty() && out.ranks.back().empty()) return Reason::entry_ranking_trailing;
    return std::nullopt;
  }

  std::optional<Reason> ballot(Ballot& out) {
    out.unit.value = in.u32();
    out.style.value = in.u16();
    out.card = in.u8();
    out.method.value = in.u8();
    const std::size_t n = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (out.unit.value >= rules.units.size()) return Reason::entry_unit_unknown;
    if (out.style.value >= rules.styles.size()) return Reason::entry_style_unknown;
    const Style& style = rules.styles[out.style.value];
    if (out.card == 0 || out.card > style.cards.size()) return Reason::entry_card_unknown;
    if (out.method.value >= rules.methods.size()) return Reason::entry_method_unknown;
    const Card& card = style.cards[out.card - 1U];
    out.selections.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const ContestId contest{in.u16()};
      if (!in.ok()) return Reason::entry_truncated;
      if (contest.value >= rules.contests.size()) return Reason::entry_contest_unknown;
      if (i > 0 && contest <= out.selections[i - 1].contest) return Reason::entry_contest_order;
      if (i >= card.contests.size() || contest != card.contests[i]) {
        return std::binary_search(card.contests.begin(), card.contests.end(), contest)
                   ? Reason::entry_contest_missing
                   : Reason::entry_contest_not_on_card;
      }
      out.selections[i].contest = contest;
      if (!rules.counted_from(contest, out.method, CountedFrom::ballots)) {
        return Reason::entry_kind_not_counted_here;
      }
      if (const auto wrong = selection(rules.contests[contest.value], out.selections[i])) {
        return wrong;
      }
    }
    if (n < card.contests.size()) return Reason::entry_contest_missing;
    return std::nullopt;
  }

  std::optional<Reason> sheet(const EntryId& id, Sheet& out) {
    out.unit.value = in.u32();
    out.method.value = in.u8();
    out.contest.value = in.u16();
    out.version = in.u32();
    const std::uint8_t act = in.u8();
    const std::string_view reason = in.text16();
    if (!in.ok()) return Reason::entry_truncated;
    if (out.unit.value >= rules.units.size()) return Reason::entry_unit_unknown;
    if (out.method.value >= rules.methods.size()) return Reason::entry_method_unknown;
    if (out.contest.value >= rules.contests.size()) return Reason::entry_contest_unknown;
    if (!rules.counted_from(out.contest, out.method, CountedFrom::sheets)) {
      return Reason::entry_kind_not_counted_here;
    }
    if (out.version == 0) return Reason::entry_sheet_version_zero;
    if (act > 2) return Reason::entry_sheet_act_unknown;
    out.act = static_cast<Sheet::Act>(act);
    if (!clean(reason)) return Reason::entry_text_invalid;
    if (out.act != Sheet::Act::update && reason.empty()) return Reason::entry_sheet_reason_missing;
    const bool withdrawal = out.act == Sheet::Act::withdrawal;
    if (withdrawal && out.version == 1) return Reason::entry_sheet_withdrawal_first;
    out.reason = reason;
    if (sheet_id(out) != id) return Reason::entry_id_not_derived;
    bool any = false;
    for (Figure* figure : {&out.cards, &out.undervotes, &out.overvotes, &out.blank, &out.invalid,
                           &out.write_ins, &out.registered}) {
      if (!read_figure(in, *figure)) return Reason::entry_figure_too_large;
      any = any || !figure->is_unknown();
    }
    const std::size_t n = in.u16();
    if (!in.ok()) return Reason::entry_truncated;
    const Contest& contest = rules.contests[out.contest.value];
    out.votes.clear();
    for (std::size_t i = 0; i < n; ++i) {
      const OptionId option{in.u16()};
      Figure figure;
      const bool fits = read_figure(in, figure);
      if (!in.ok()) return Reason::entry_truncated;
      if (option.value >= contest.options.size()) return Reason::entry_option_unknown;
      if (!out.votes.empty() && option <= out.votes.back().first) {
        return option == out.votes.back().first ? Reason::entry_marks_repeated
                                                : Reason::entry_marks_unsorted;
      }
      // An unknown figure is left out: one byte string for one content.
      if (!fits || figure.is_unknown()) return Reason::entry_figure_too_large;
      out.votes.emplace_back(option, figure);
    }
    any = any || !out.votes.empty();
    if (withdrawal && any) return Reason::entry_sheet_withdrawal_has_figures;
    if (!withdrawal && !any) return Reason::entry_sheet_empty;
    return std::nullopt;
  }

  // The bytes of the kinds that are not built yet are fixed already and read in full, so that a
  // sender learns of a wrong byte before it learns of ours.
  std::optional<Reason> check_in(CheckIn& out) {
    out.unit.value = in.u32();
    out.method.value = in.u8();
    out.age_band = in.u8();
    out.gender = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (in.left() != 0) return Reason::entry_trailing_bytes;
    return Reason::entry_check_in_unsupported;
  }

  std::optional<Reason> control(Control& out) {
    const std::uint8_t action = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (action < 1 || action > 9) return Reason::entry_kind_unknown;
    out.action = static_cast<Control::Action>(action);
    if (out.action == Control::Action::complete) return Reason::entry_control_unsupported;
    out.reason = in.text16();
    out.target.clear();
    out.other.clear();
    if (out.about_stage()) {
      out.partition = in.u16();
      out.number = in.u32();
      out.certified = {};
      if (out.action == Control::Action::certify) {
        out.certified.statement = in.u64();
        out.certified.statement_hash = in.array<32>();
        out.certified.digest = in.array<32>();
        out.certified.entries = in.u64();
      }
    } else if (out.action == Control::Action::keep) {
      out.kept.kind = static_cast<EntryKind>(in.u8());
      out.kept.id.bytes = in.array<16>();
      out.kept.key = {};
      if (out.kept.kind == EntryKind::sheet) out.kept.key = in.array<7>();
      out.kept.counted = in.array<32>();
      out.kept.other = in.array<32>();
    } else {
      const ByteView ballot = in.take(in.u16());
      out.target.assign(ballot.begin(), ballot.end());
      if (out.action == Control::Action::supersede) {
        const ByteView other = in.take(in.u16());
        out.other.assign(other.begin(), other.end());
      }
    }
    if (!in.ok()) return Reason::entry_truncated;
    if (out.reason.empty()) return Reason::control_reason_missing;
    if (!clean(out.reason)) return Reason::entry_text_invalid;
    return signatures(out);
  }

  std::optional<Reason> signatures(Control& out) {
    const std::size_t n = in.u8();
    if (!in.ok()) return Reason::entry_truncated;
    if (n == 0 || n > signatures_max) return Reason::control_approvals;
    out.signatures.clear();
    for (std::size_t i = 0; i < n; ++i) {
      Control::Signature& signature = out.signatures.emplace_back();
      signature.officer = in.text8();
      signature.bytes = in.array<64>();
      if (!in.ok()) return Reason::entry_truncated;
      if (signature.officer.empty() || !clean(signature.officer)) {
        return Reason::entry_text_invalid;
      }
      if (i > 0 && !(out.signatures[i - 1].officer < signature.officer)) {
        return Reason::control_approvals;
      }
    }
    return std::nullopt;
  }
};

template <typename T>
T& body_as(Entry& entry) {
  if (T* body = std::get_if<T>(&entry.body)) return *body;
  return entry.body.emplace<T>();
}

struct Encoder {
  ByteWriter out;

  void operator()(const Ballot& ballot) {
    out.u32(ballot.unit.value);
    out.u16(static_cast<std::uint16_t>(ballot.style.value));
    out.u8(ballot.card);
    out.u8(static_cast<std::uint8_t>(ballot.method.value));
    out.u8(static_cast<std::uint8_t>(ballot.selections.size()));
    for (const Selection& selection : ballot.selections) {
      out.u16(static_cast<std::uint16_t>(selection.contest.value));
      out.u8(static_cast<std::uint8_t>(selection.form));
      if (selection.form == Selection::Form::marks) {
        options(selection.marks);
        out.u8(static_cast<std::uint8_t>(selection.write_ins.size()));
        for (const std::string& text : selection.write_ins) out.text8(text);
      } else if (selection.form == Selection::Form::ranking) {
        out.u8(static_cast<std::uint8_t>(selection.ranks.size()));
        for (const auto& rank : selection.ranks) options(rank);
      }
    }
  }

  void operator()(const Sheet& sheet) {
    out.u32(sheet.unit.value);
    out.u8(static_cast<std::uint8_t>(sheet.method.value));
    out.u16(static_cast<std::uint16_t>(sheet.contest.value));
    out.u32(sheet.version);
    out.u8(static_cast<std::uint8_t>(sheet.act));
    out.text16(sheet.reason);
    for (const Figure figure : {sheet.cards, sheet.undervotes, sheet.overvotes, sheet.blank,
                                sheet.invalid, sheet.write_ins, sheet.registered}) {
      write_figure(out, figure);
    }
    out.u16(static_cast<std::uint16_t>(sheet.votes.size()));
    for (const auto& [option, figure] : sheet.votes) {
      out.u16(static_cast<std::uint16_t>(option.value));
      write_figure(out, figure);
    }
  }

  void operator()(const CheckIn& check_in) {
    out.u32(check_in.unit.value);
    out.u8(static_cast<std::uint8_t>(check_in.method.value));
    out.u8(check_in.age_band);
    out.u8(check_in.gender);
  }

  void operator()(const Control& control) {
    unsigned_part(control);
    out.u8(static_cast<std::uint8_t>(control.signatures.size()));
    for (const Control::Signature& signature : control.signatures) {
      out.text8(signature.officer);
      out.raw(signature.bytes);
    }
  }

  void unsigned_part(const Control& control) {
    out.u8(static_cast<std::uint8_t>(control.action));
    out.text16(control.reason);
    if (control.action == Control::Action::keep) {
      out.u8(static_cast<std::uint8_t>(control.kept.kind));
      out.raw(ByteView(control.kept.id.bytes));
      if (control.kept.kind == EntryKind::sheet) out.raw(ByteView(control.kept.key));
      out.raw(control.kept.counted);
      out.raw(control.kept.other);
      return;
    }
    if (!control.about_stage()) {
      out.u16(static_cast<std::uint16_t>(control.target.size()));
      out.raw(control.target);
      if (control.action != Control::Action::supersede) return;
      out.u16(static_cast<std::uint16_t>(control.other.size()));
      out.raw(control.other);
      return;
    }
    out.u16(control.partition);
    out.u32(control.number);
    if (control.action != Control::Action::certify) return;
    out.u64(control.certified.statement);
    out.raw(control.certified.statement_hash);
    out.raw(control.certified.digest);
    out.u64(control.certified.entries);
  }

  void options(const std::vector<OptionId>& options) {
    out.u8(static_cast<std::uint8_t>(options.size()));
    for (const OptionId option : options) out.u16(static_cast<std::uint16_t>(option.value));
  }
};

void write_head(ByteWriter& out, EntryKind kind, const EntryId& id, const CountId& count) {
  out.u8(kind == EntryKind::control ? version_2 : version_1);
  out.u8(static_cast<std::uint8_t>(kind));
  out.raw(ByteView(count.bytes).first(tag_bytes));
  out.raw(ByteView(id.bytes));
}

// Sets `id` as soon as the head is there.
std::optional<Reason> read_head(ByteView bytes, const CountId& count, EntryId& id) {
  if (bytes.size() > entry_bytes_max) return Reason::entry_too_long;
  if (bytes.empty()) return Reason::entry_truncated;
  const bool control = bytes.size() > 1 && bytes[1] == 4;
  if (bytes[0] != version_1 && !(control && bytes[0] == version_2)) {
    return Reason::entry_version_unknown;
  }
  if (bytes.size() < entry_head_bytes) return Reason::entry_truncated;
  std::copy_n(bytes.begin() + 2 + tag_bytes, 16, id.bytes.begin());
  if (bytes[1] < 1 || bytes[1] > 4) return Reason::entry_kind_unknown;
  if (!std::equal(count.bytes.begin(), count.bytes.begin() + tag_bytes, bytes.begin() + 2)) {
    return Reason::entry_count_other;
  }
  if (!is_v4_or_v8(id)) return Reason::entry_id_not_uuid;
  return std::nullopt;
}

std::array<std::uint8_t, 7> sheet_key(const Sheet& sheet) {
  Bytes key;
  ByteWriter out(key);
  out.u32(sheet.unit.value);
  out.u8(static_cast<std::uint8_t>(sheet.method.value));
  out.u16(static_cast<std::uint16_t>(sheet.contest.value));
  std::array<std::uint8_t, 7> result{};
  std::copy(key.begin(), key.end(), result.begin());
  return result;
}

std::array<std::uint8_t, 16> first_16(const Hash& hash) {
  std::array<std::uint8_t, 16> result{};
  std::copy_n(hash.begin(), 16, result.begin());
  return result;
}

}  // namespace

std::string to_text(const EntryId& id) {
  std::string text = to_hex(ByteView(id.bytes));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

std::optional<EntryId> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) hex.push_back(text[i]);
  }
  EntryId id;
  if (!from_hex(hex, id.bytes)) return std::nullopt;
  return id;
}

bool is_v4_or_v8(const EntryId& id) {
  const int version = id.bytes[6] >> 4;
  return (version == 4 || version == 8) && (id.bytes[8] & 0xC0) == 0x80;
}

EntryId make_uuid(std::array<std::uint8_t, 16> bytes, int version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return {bytes};
}

Code code_of(Reason reason) {
  const auto code = Code::numbered(static_cast<std::uint16_t>(reason));
  check(code.has_value(), "every reason has a code");
  return *code;
}

std::string_view sentence_of(Reason reason) { return code_of(reason).sentence(); }

std::optional<Reason> reason_of(std::uint16_t number) {
  if (!Code::numbered(number)) return std::nullopt;
  return static_cast<Reason>(number);
}

std::optional<Reason> reason_named(std::string_view text) {
  const auto code = Code::named(text);
  return code ? reason_of(code->number()) : std::nullopt;
}

Bytes encode(const Entry& entry, const CountId& count) {
  Bytes bytes;
  bytes.reserve(64);
  ByteWriter out(bytes);
  const auto kind = static_cast<EntryKind>(entry.body.index() + 1);
  write_head(out, kind, entry.id, count);
  std::visit(Encoder{out}, entry.body);
  return bytes;
}

Bytes signed_bytes(const EntryId& id, const Control& control, const CountId& count) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.raw(decision_text);
  out.raw(ByteView(count.bytes));
  write_head(out, EntryKind::control, id, count);
  Encoder{out}.unsigned_part(control);
  return bytes;
}

bool is_control(ByteView entry) {
  return entry.size() >= entry_head_bytes && entry[0] == version_2 &&
         entry[1] == static_cast<std::uint8_t>(EntryKind::control);
}

std::optional<Entry> read_control(ByteView entry, const CountId& count) {
  Entry read;
  if (!is_control(entry) || read_head(entry, count, read.id)) return std::nullopt;
  static const Rules none;
  Decoder decoder{ByteReader(entry.subspan(entry_head_bytes)), none};
  if (decoder.control(read.body.emplace<Control>()) || !decoder.in.done()) return std::nullopt;
  return read;
}

namespace {

bool is_good_ballot(ByteView bytes, const Rules& rules, const CountId& count) {
  Entry entry;
  return !is_control(bytes) && !decode(bytes, rules, count, entry) &&
         std::holds_alternative<Ballot>(entry.body);
}

// Whether a decision is about what it can be about: the stage, one ballot, or two sides of a conflict.
bool is_about_something(const Control& control, const Rules& rules, const CountId& count) {
  if (control.about_stage()) return true;
  if (control.action == Control::Action::keep) {
    return (control.kept.kind == EntryKind::ballot || control.kept.kind == EntryKind::sheet) &&
           is_v4_or_v8(control.kept.id) && control.kept.counted != control.kept.other;
  }
  if (!is_good_ballot(control.target, rules, count)) return false;
  if (control.action != Control::Action::supersede) return true;
  return is_good_ballot(control.other, rules, count) && control.other != control.target &&
         id_of(control.other) == id_of(control.target);
}

}  // namespace

std::optional<Reason> decode(ByteView bytes, const Rules& rules, const CountId& count,
                             Entry& entry) {
  if (const auto wrong = read_head(bytes, count, entry.id)) return wrong;
  Decoder decoder{ByteReader(bytes.subspan(entry_head_bytes)), rules};
  std::optional<Reason> wrong;
  switch (static_cast<EntryKind>(bytes[1])) {
    case EntryKind::ballot:
      wrong = decoder.ballot(body_as<Ballot>(entry));
      break;
    case EntryKind::sheet:
      wrong = decoder.sheet(entry.id, body_as<Sheet>(entry));
      break;
    case EntryKind::check_in:
      wrong = decoder.check_in(body_as<CheckIn>(entry));
      break;
    case EntryKind::control:
      if (bytes[0] == version_1) return Reason::entry_control_unsupported;
      wrong = decoder.control(body_as<Control>(entry));
      break;
  }
  if (wrong) return wrong;
  if (!decoder.in.ok()) return Reason::entry_truncated;
  if (decoder.in.left() != 0) return Reason::entry_trailing_bytes;
  const Control* control = std::get_if<Control>(&entry.body);
  if (control != nullptr && !is_about_something(*control, rules, count)) {
    return Reason::control_target;
  }
  return std::nullopt;
}

std::optional<EntryId> Control::target_id() const {
  if (about_stage()) return std::nullopt;
  return action == Action::keep ? kept.id : id_of(target);
}

std::optional<EntryId> id_of(ByteView entry) {
  if (entry.size() < entry_head_bytes) return std::nullopt;
  EntryId id;
  std::copy_n(entry.begin() + 2 + tag_bytes, 16, id.bytes.begin());
  return id;
}

EntryId sheet_id(const Sheet& sheet) {
  Bytes preimage;
  ByteWriter out(preimage);
  out.raw("teller sheet 1\n");
  out.raw(sheet_key(sheet));
  out.u32(sheet.version);
  return make_uuid(first_16(sha256(preimage)), 8);
}

EntryId derived_id(ByteView secret, std::string_view source_record) {
  // SHA-256 over a fixed-length secret first is a PRF here: 32 bytes of secret, one message, and
  // the output is truncated, so that length extension gives nothing.
  check(secret.size() == 32, "the secret of derived ids has 32 bytes");
  std::array<std::uint8_t, 512> buffer;
  check(source_record.size() <= buffer.size() - 32, "a source record's name is short");
  std::copy(secret.begin(), secret.end(), buffer.begin());
  std::copy(source_record.begin(), source_record.end(), buffer.begin() + 32);
  return make_uuid(first_16(sha256(ByteView(buffer.data(), 32 + source_record.size()))), 8);
}

std::uint16_t partition_of(const Entry& entry, std::uint16_t partitions) {
  const auto place = [partitions](ByteView key) {
    return static_cast<std::uint16_t>((murmur2(key) & 0x7FFFFFFFU) % partitions);
  };
  if (const Sheet* sheet = std::get_if<Sheet>(&entry.body)) return place(sheet_key(*sheet));
  if (const Control* control = std::get_if<Control>(&entry.body)) {
    if (control->about_stage()) return static_cast<std::uint16_t>(control->partition % partitions);
    if (control->action == Control::Action::keep && control->kept.kind == EntryKind::sheet) {
      return place(control->kept.key);
    }
    if (const auto target = control->target_id()) return place(target->bytes);
  }
  return place(entry.id.bytes);
}

}  // namespace teller
