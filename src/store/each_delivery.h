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

// Whether `row` is the next one of whoever knows `known` of them: they are numbered without a hole, and who asks for more by
// how many he has would be given a later one for ever. Errors: stop store.definition.
[[nodiscard]] Result<void> check_follows(const DeliveryRow& row, std::uint64_t known);

}  // namespace teller
