// All deliveries of a store, however many there are: the loop over the pages that the port gives.
#pragma once

#include <functional>

#include "store/delivery_store.h"

namespace teller {

// Calls `each` for every delivery, by number. Ends with the first error that `each` gives.
//
// Errors: those of DeliveryStore::deliveries and of `each`; what was read before has been passed on.
[[nodiscard]] Result<void> for_each_delivery(
    DeliveryStore& store, const std::function<Result<void>(const DeliveryRow&)>& each);

}  // namespace teller
