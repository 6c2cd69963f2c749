#include "intake/accept.h"

#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "election/decisions.h"
#include "intake/entry_json.h"

namespace teller {
namespace {

constexpr std::string_view batch_magic = "TBAT";

Refusal refusal(Reason reason, std::string detail = {}) {
  if (detail.empty()) detail = sentence_of(reason);
  return {code_of(reason), std::move(detail)};
}

std::unexpected<Refusal> frame(Code code, std::string detail) {
  return std::unexpected(Refusal{code, std::move(detail)});
}

std::pair<EntryKind, std::optional<UnitId>> kind_and_unit(const Entry& entry) {
  if (const auto* ballot = std::get_if<Ballot>(&entry.body))
    return {EntryKind::ballot, ballot->unit};
  if (const auto* sheet = std::get_if<Sheet>(&entry.body)) return {EntryKind::sheet, sheet->unit};
  if (const auto* in = std::get_if<CheckIn>(&entry.body)) return {EntryKind::check_in, in->unit};
  return {EntryKind::control, std::nullopt};
}

// Decodes with a thread's own Entry, so that the hot path allocates nothing.
std::optional<Reason> accept_into(const Definition& definition, ByteView entry,
                                  Accepted& accepted) {
  thread_local Entry decoded;
  if (const auto wrong = decode(entry, *definition.rules, definition.count->id, decoded)) {
    return wrong;
  }
  if (const Control* control = std::get_if<Control>(&decoded.body)) {
    if (const auto wrong = not_decided(decoded.id, *control, *definition.count)) return wrong;
  }
  accepted.id = decoded.id;
  std::tie(accepted.kind, accepted.unit) = kind_and_unit(decoded);
  accepted.partition = partition_of(decoded, definition.count->partitions);
  accepted.entry.assign(entry.begin(), entry.end());
  return std::nullopt;
}

// Judges the entries of one body, and describes the first of its refusals only.
class BodyJudge {
 public:
  BodyJudge(const Definition& definition, const EachEntry& each, const EntryGate& gate)
      : definition_(definition), each_(each), gate_(gate) {}

  void json(std::string_view text, std::uint64_t line = 0) {
    if (describes() || text.size() >= json_entry_bytes_min) {
      outcome_ = accept_json(definition_, text);
      return tell(line);
    }
    outcome_ =
        std::unexpected(Refusal{code_of(text.starts_with('{') ? Reason::entry_json_member_missing
                                                              : Reason::entry_json_type),
                                {}});
    tell(line);
  }
  // Into the place of the entry before: a piece of memory of its own for each took longer than
  // everything else that is done here.
  void packed(ByteView entry) {
    if (!outcome_) outcome_.emplace();
    if (const auto wrong = accept_into(definition_, entry, *outcome_)) {
      outcome_ = std::unexpected(refusal(*wrong));
    }
    tell();
  }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  [[nodiscard]] bool describes() const { return refused_ < refusals_described_max; }
  void tell(std::uint64_t line = 0) {
    if (outcome_ && gate_) {
      if (auto kept_out = gate_(outcome_->kind, outcome_->unit)) {
        outcome_ = std::unexpected(std::move(*kept_out));
      }
    }
    if (!outcome_) {
      outcome_.error().line = line;
      if (!describes()) outcome_.error().detail.clear();
      ++refused_;
    }
    each_(entries_++, outcome_);
  }

  const Definition& definition_;
  const EachEntry& each_;
  const EntryGate& gate_;
  std::uint64_t entries_ = 0, refused_ = 0;
  std::expected<Accepted, Refusal> outcome_;
};

std::expected<std::uint64_t, Refusal> accept_packed(const Definition& definition, ByteView body,
                                                    const EachEntry& each, const EntryGate& gate) {
  if (body.size() < batch_head_bytes + batch_crc_bytes || as_text(body.first(4)) != batch_magic) {
    return frame("batch.invalid", "the body is not a packed batch (it begins with TBAT)");
  }
  ByteReader tail(body.last(batch_crc_bytes));
  body = body.first(body.size() - batch_crc_bytes);
  if (tail.u32() != crc32c(body)) {
    return frame("batch.checksum", "the checksum of the batch is wrong; send it again");
  }
  ByteReader in(body.subspan(4));
  if (in.u8() != 1) return frame("batch.version", "only version 1 of the packed batch is known");
  if (in.array<16>() != definition.count->id.bytes) {
    return frame("count.other", "the batch belongs to another count");
  }
  BodyJudge judge(definition, each, gate);
  const std::uint32_t n = in.u32();
  for (std::uint32_t i = 0; i < n; ++i) {
    const ByteView entry = in.take(in.u16());
    if (!in.ok()) return frame("batch.truncated", fmt::format("the batch ends within entry {}", i));
    judge.packed(entry);
  }
  if (!in.done()) return frame("batch.trailing_bytes", "there are bytes after the last entry");
  return n;
}

std::expected<std::uint64_t, Refusal> accept_ndjson(const Definition& definition,
                                                    std::string_view body, const EachEntry& each,
                                                    const EntryGate& gate) {
  BodyJudge judge(definition, each, gate);
  std::uint64_t line = 0;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    std::string_view text = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    ++line;
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
    judge.json(text, line);
  }
  return judge.entries();
}

}  // namespace

std::expected<Accepted, Refusal> accept(const Definition& definition, ByteView entry) {
  Accepted accepted;
  if (const auto wrong = accept_into(definition, entry, accepted)) {
    return std::unexpected(refusal(*wrong));
  }
  return accepted;
}

std::expected<Accepted, Refusal> accept_json(const Definition& definition, std::string_view json) {
  auto entry = entry_from_json(definition, json);
  if (!entry) return std::unexpected(std::move(entry.error()));
  // The canonical bytes go the way of all others: one judge of what may be recorded.
  return accept(definition, encode(*entry, definition.count->id));
}

std::expected<std::uint64_t, Refusal> accept_body(const Definition& definition, BodyFormat format,
                                                  ByteView body, const EachEntry& each,
                                                  const EntryGate& gate) {
  switch (format) {
    case BodyFormat::packed:
      return accept_packed(definition, body, each, gate);
    case BodyFormat::ndjson:
      return accept_ndjson(definition, as_text(body), each, gate);
    case BodyFormat::json: {
      BodyJudge judge(definition, each, gate);
      return each_json_value(as_text(body),
                             [&](std::uint64_t, std::string_view value) { judge.json(value); });
    }
  }
  return 0;
}

BatchWriter::BatchWriter(const CountId& count) : count_(count) { begin(); }

void BatchWriter::begin() {
  out_.clear();
  size_ = 0;
  ByteWriter out(out_);
  out.raw(batch_magic);
  out.u8(1);
  out.raw(ByteView(count_.bytes));
  out.u32(0);
}

void BatchWriter::add(ByteView entry) {
  check(entry.size() <= entry_bytes_max, "an entry fits into a batch");
  ByteWriter out(out_);
  out.u16(static_cast<std::uint16_t>(entry.size()));
  out.raw(entry);
  ++size_;
}

Bytes BatchWriter::finish() {
  std::memcpy(out_.data() + batch_head_bytes - 4, &size_, 4);
  ByteWriter(out_).u32(crc32c(out_));
  Bytes finished = std::move(out_);
  begin();
  return finished;
}

}  // namespace teller
