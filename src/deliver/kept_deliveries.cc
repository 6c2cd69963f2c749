#include "deliver/kept_deliveries.h"

#include <fmt/format.h>

#include "base/file.h"
#include "deliver/delivery_json.h"

namespace teller {

Result<void> keep_delivery(const std::filesystem::path& folder, const DeliveryRow& row,
                           const Delivery& delivery, const Definition& definition) {
  if (auto made = make_folders(folder, 0700); !made) return made;
  Delivery whole = delivery;
  whole.figures_at_us = row.figures_at_us;
  const std::string body = to_body(whole, definition);
  return write_file(folder / fmt::format("{:06}.ndjson", row.number), as_bytes(body), 0600);
}

}  // namespace teller
