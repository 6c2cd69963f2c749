#include "publish/digest.h"

#include "base/check.h"

namespace teller {

Hash digest_of(const Hash& rules, std::span<const TotalRow> totals) {
  Bytes preimage;
  preimage.reserve(64 + totals.size() * 17);
  ByteWriter out(preimage);
  out.raw("teller digest 1\n");
  out.raw(rules);
  const TotalKey* last = nullptr;
  for (const TotalRow& row : totals) {
    check(last == nullptr || *last < row.key, "totals are digested in ascending order");
    last = &row.key;
    const bool withheld = row.total.withheld > 0;
    if (!withheld && row.total.value == 0) continue;
    out.u16(static_cast<std::uint16_t>(row.key.contest.value));
    out.u16(row.key.slot);
    out.u32(row.key.unit.value);
    out.u8(static_cast<std::uint8_t>(row.key.method.value));
    out.u64(withheld ? Figure::withheld_raw : static_cast<std::uint64_t>(row.total.value));
  }
  return sha256(preimage);
}

}  // namespace teller
