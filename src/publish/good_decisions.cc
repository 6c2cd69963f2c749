#include "publish/good_decisions.h"

#include "base/bytes.h"
#include "election/decisions.h"

namespace teller {
namespace {

// All that not_decided() asks of a count, with the length of what has no fixed one.
Hash hash_asked(const CountFile& count, ByteView entry) {
  Bytes asked;
  ByteWriter out(asked);
  out.raw(ByteView(count.id.bytes));
  out.u16(count.partitions);
  out.u8(count.approvals);
  out.u32(static_cast<std::uint32_t>(count.officers.size()));
  for (const Officer& officer : count.officers) {
    out.text16(officer.name);
    out.u8(static_cast<std::uint8_t>(officer.role));
    out.raw(ByteView(officer.key));
  }
  return sha256(asked, entry);
}

}  // namespace

std::optional<Reason> GoodDecisions::why_not(const EntryId& id, const Control& control,
                                             const CountFile& count, ByteView bytes) {
  const Hash asked = hash_asked(count, bytes);
  {
    const std::scoped_lock lock(mutex_);
    if (good_.contains(asked)) return std::nullopt;
    ++checked_;
  }
  const auto wrong = not_decided(id, control, count);
  if (wrong) return wrong;
  const std::scoped_lock lock(mutex_);
  if (good_.size() >= remembered_max) good_.clear();
  good_.insert(asked);
  return std::nullopt;
}

std::uint64_t GoodDecisions::checked() const {
  const std::scoped_lock lock(mutex_);
  return checked_;
}

GoodDecisions& good_decisions() {
  static GoodDecisions of_this_process;
  return of_this_process;
}

}  // namespace teller
