// What was delivered, kept in the count's home so that it can be delivered again: deliveries/000001.ndjson,
// the body of POST /v1/deliveries. 0600, as all that is not published.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"

namespace teller {

// Errors: those of files.
[[nodiscard]] Result<void> keep_delivery(const std::filesystem::path& folder,
                                         const DeliveryRow& row, const Delivery& delivery,
                                         const Definition& definition);

}  // namespace teller
