#include "deliver/delivery_sheets.h"

#include <utility>

#include "base/check.h"

namespace teller {

Result<std::vector<Sheet>> sheets_of(const BoundResults& bound, const Definition& definition) {
  std::vector<Sheet> sheets;
  Entry entry;
  const EntrySink sink = [&](ByteView bytes) -> Result<void> {
    check(!decode(bytes, *definition.rules, definition.count->id, entry),
          "what an import makes is good");
    sheets.push_back(std::move(std::get<Sheet>(entry.body)));
    return {};
  };
  // The order of a delivery's sheets means nothing, so no secret of the count is needed.
  const Bytes order(32);
  const auto made = write_sheets(bound, *definition.rules, definition.count->id, order, {}, sink);
  if (!made) return std::unexpected(made.error());
  return sheets;
}

}  // namespace teller
