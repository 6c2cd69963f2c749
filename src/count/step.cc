#include "count/step.h"

#include <algorithm>

#include "base/check.h"

namespace teller {
namespace {

constexpr std::string_view change_magic = "TCHG";
constexpr std::uint8_t version_1 = 1;
constexpr std::uint8_t version_2 = 2;  // With decisions; a change without any is of version 1.
constexpr std::string_view counter_names[] = {"cards",     "undervotes", "overvotes",
                                              "blank",     "invalid",    "write_ins",
                                              "exhausted", "registered", "sheets"};

void write_key(ByteWriter& out, const TotalKey& key) {
  out.u16(static_cast<std::uint16_t>(key.contest.value));
  out.u16(key.slot);
  out.u32(key.unit.value);
  out.u8(static_cast<std::uint8_t>(key.method.value));
}

TotalKey read_key(ByteReader& in) {
  TotalKey key;
  key.contest.value = in.u16();
  key.slot = in.u16();
  key.unit.value = in.u32();
  key.method.value = in.u8();
  return key;
}

std::unexpected<Error> invalid_change(std::string what) {
  return fail(Remedy::stop, "change.invalid", std::move(what));
}

}  // namespace

namespace slot {

std::string_view name(std::uint16_t slot) {
  if (slot < first_counter || slot >= first_counter + std::size(counter_names)) return {};
  return counter_names[slot - first_counter];
}

}  // namespace slot

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::counted:
      return "counted";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::conflict:
      return "conflict";
    case Outcome::rejected:
      return "rejected";
  }
  return "";
}

Outcomes& Outcomes::operator+=(const Outcomes& other) {
  counted += other.counted;
  duplicate += other.duplicate;
  conflict += other.conflict;
  rejected += other.rejected;
  return *this;
}

Bytes encode(const Change& change) {
  Bytes bytes;
  bytes.reserve(200 + change.totals.size() * 19 + change.incidents.size() * 80);
  ByteWriter out(bytes);
  out.raw(change_magic);
  out.u8(change.decisions.empty() ? version_1 : version_2);
  out.raw(ByteView(change.count.bytes));
  out.u16(change.partition);
  out.u64(change.number);
  out.u64(change.from);
  out.u64(change.to);
  for (const std::uint64_t n : {change.outcomes.counted, change.outcomes.duplicate,
                                change.outcomes.conflict, change.outcomes.rejected}) {
    out.u64(n);
  }
  out.u64(change.log_size);
  out.raw(change.root);
  out.raw(change.segment);
  out.u32(static_cast<std::uint32_t>(change.totals.size()));
  for (const TotalChange& total : change.totals) {
    write_key(out, total.key);
    out.u64(static_cast<std::uint64_t>(total.by.value));
    out.u8(static_cast<std::uint8_t>(total.by.known));
    out.u8(static_cast<std::uint8_t>(total.by.withheld));
  }
  out.u32(static_cast<std::uint32_t>(change.incidents.size()));
  for (const Incident& incident : change.incidents) {
    out.u8(static_cast<std::uint8_t>(incident.outcome));
    out.u16(static_cast<std::uint16_t>(incident.reason));
    out.u64(incident.position);
    out.u32(incident.index);
    out.raw(incident.id.bytes);
    out.raw(incident.leaf);
    out.raw(incident.counted);
  }
  out.u32(static_cast<std::uint32_t>(change.decreases.size()));
  for (const FigureDecrease& decrease : change.decreases) {
    write_key(out, decrease.key);
    out.u64(decrease.before);
    out.u64(decrease.after);
    out.text16(decrease.reason);
  }
  if (change.decisions.empty()) return bytes;
  out.u32(static_cast<std::uint32_t>(change.decisions.size()));
  for (const Bytes& decision : change.decisions) {
    out.u16(static_cast<std::uint16_t>(decision.size()));
    out.raw(decision);
  }
  return bytes;
}

Result<Change> decode_change(ByteView bytes) {
  ByteReader in(bytes);
  if (as_text(in.take(4)) != change_magic) return invalid_change("does not begin like a change");
  const std::uint8_t version = in.u8();
  if (version != version_1 && version != version_2) {
    return invalid_change("a version that is not known here");
  }
  Change change;
  change.count.bytes = in.array<16>();
  change.partition = in.u16();
  change.number = in.u64();
  change.from = in.u64();
  change.to = in.u64();
  change.outcomes.counted = in.u64();
  change.outcomes.duplicate = in.u64();
  change.outcomes.conflict = in.u64();
  change.outcomes.rejected = in.u64();
  change.log_size = in.u64();
  change.root = in.array<32>();
  change.segment = in.array<32>();
  const std::uint32_t totals = in.u32();
  if (!in.can_hold(totals, 19)) return invalid_change("ends within its totals");
  change.totals.reserve(totals);
  for (std::uint32_t i = 0; i < totals; ++i) {
    TotalChange& total = change.totals.emplace_back();
    total.key = read_key(in);
    total.by.value = static_cast<std::int64_t>(in.u64());
    total.by.known = static_cast<std::int8_t>(in.u8());
    total.by.withheld = static_cast<std::int8_t>(in.u8());
    if (i > 0 && !(change.totals[i - 1].key < total.key)) {
      return invalid_change("its totals are not in ascending order");
    }
    if (total.by.is_zero()) return invalid_change("a total does not change");
  }
  const std::uint32_t incidents = in.u32();
  if (!in.can_hold(incidents, 79)) return invalid_change("ends within its incidents");
  change.incidents.reserve(incidents);
  for (std::uint32_t i = 0; i < incidents; ++i) {
    Incident& incident = change.incidents.emplace_back();
    const std::uint8_t outcome = in.u8();
    const auto reason = reason_of(in.u16());
    if ((outcome != 2 && outcome != 3) || !reason) return invalid_change("an unknown incident");
    incident.outcome = static_cast<Outcome>(outcome);
    incident.reason = *reason;
    incident.position = in.u64();
    incident.index = in.u32();
    incident.id.bytes = in.array<16>();
    incident.leaf = in.array<32>();
    incident.counted = in.array<16>();
  }
  const std::uint32_t decreases = in.u32();
  if (!in.can_hold(decreases, 27)) return invalid_change("ends within its falls");
  for (std::uint32_t i = 0; i < decreases; ++i) {
    FigureDecrease& decrease = change.decreases.emplace_back();
    decrease.key = read_key(in);
    decrease.before = in.u64();
    decrease.after = in.u64();
    decrease.reason = in.text16();
  }
  const std::uint32_t decisions = version == version_2 ? in.u32() : 0;
  if (!in.can_hold(decisions, 2)) return invalid_change("ends within its decisions");
  if (version == version_2 && decisions == 0) return invalid_change("a version for decisions only");
  for (std::uint32_t i = 0; i < decisions; ++i) {
    const ByteView decision = in.take(in.u16());
    change.decisions.emplace_back(decision.begin(), decision.end());
    if (in.ok() && !read_control(decision, change.count)) {
      return invalid_change("what stands for a decision is none");
    }
  }
  if (!in.done()) return invalid_change("too short, or bytes are left over");
  if (change.to < change.from) return invalid_change("it counts backwards");
  return change;
}

}  // namespace teller
