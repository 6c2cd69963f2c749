#include "store/each_delivery.h"

namespace teller {

Result<void> for_each_delivery(DeliveryStore& store,
                               const std::function<Result<void>(const DeliveryRow&)>& each) {
  constexpr std::uint64_t page = 1'000;
  for (std::uint64_t next = 1;;) {
    const auto rows = store.deliveries(next, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    for (const DeliveryRow& row : *rows) {
      if (auto done = each(row); !done) return done;
    }
    next = rows->back().number + 1;
  }
}

}  // namespace teller
