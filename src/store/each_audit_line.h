// All lines of a store's audit log from one on, however many there are: the one loop over the pages
// that the port gives.
#pragma once

#include <cstdint>
#include <functional>

#include "store/audit_store.h"

namespace teller {

// Calls `each` for every line from `first` on, by number. Ends with the first error that `each`
// gives.
//
// Errors: those of AuditStore::audit and of `each`; what was read before has been passed on.
[[nodiscard]] Result<void> for_each_audit_line(AuditStore& store, std::uint64_t first,
                                               const std::function<Result<void>(AuditRow)>& each);

}  // namespace teller
