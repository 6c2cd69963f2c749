// Whether a count's status is one that somebody decided.
//
// A status other than `unofficial` is made by a decision, and the audit log carries it: a line with
// the action `certify` and the status as its subject; the last of them says. No command writes such
// a line yet (certification is not built), so that today every count is unofficial. What a column of
// the store says by itself is never shown, stated or signed.
#pragma once

#include "base/error.h"
#include "store/audit_store.h"
#include "store/count_store.h"

namespace teller {

inline constexpr const char* unofficial = "unofficial";
inline constexpr const char* audit_certify = "certify";

// Errors: stop status.undecided; those of the store.
[[nodiscard]] Result<void> check_status(const Head& head, AuditStore& store);

}  // namespace teller
