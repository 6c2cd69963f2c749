#include "store/each_delivery.h"

#include "store/pages.h"

namespace teller {

Result<void> for_each_delivery(DeliveryStore& store,
                               const std::function<Result<void>(const DeliveryRow&)>& each) {
  constexpr std::uint64_t page = 1'000;
  for (std::uint64_t next = 1;;) {
    const auto rows = store.deliveries(next, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    const auto behind =
        behind_page("deliveries", next, *rows, [](const DeliveryRow& row) { return row.number; });
    if (!behind) return std::unexpected(behind.error());
    next = *behind;
    for (const DeliveryRow& row : *rows) {
      if (auto done = each(row); !done) return done;
    }
  }
}

Result<void> check_follows(const DeliveryRow& row, std::uint64_t known) {
  if (row.number == known + 1) return {};
  return fail(Remedy::stop, "store.definition",
              fmt::format("table deliveries: number {} follows {}", row.number, known));
}

}  // namespace teller
