// Deletes the order of arrival of a certified count. The journal ties entries to senders, batches
// and moments; it is what conflicts are decided with and what lost segments are computed from.
// Once the count is certified it is of no more use, and the secrecy of the ballot wants it gone.
//
// What always holds:
//   - Nothing is deleted unless the store is official, the last statement says so of the last
//     commit, and every place agrees with every other, looked at to the end: all that was recorded
//     is counted, and every message of the inbox had its fate.
//   - The audit log has a line that names what goes (positions of each partition), before it goes.
//
// If the process dies here: the line is there and not all is deleted. Before the first deletion the
// same command begins again; behind it the journal is one that cannot be opened any more, and
// whoever calls deletes the rest (retire_began()).
//
// Called by `teller retire`, while nothing counts.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "journal/journal.h"
#include "operate/audit.h"
#include "store/store.h"
#include "verify/reconcile.h"

namespace teller {

struct RetireParts {
  const Home* home = nullptr;
  Store* store = nullptr;
  const Clock* clock = nullptr;
  Journal* journal = nullptr;
  std::function<Result<Reconciliation>()> reconcile;  // All there is: entries, totals, segments.
  std::function<Result<void>(const std::string& because)> remove;
};

struct Retired {
  std::uint64_t records = 0;
  std::uint64_t audit_line = 0;
};

// Whether the audit log has a line of it: then what is left may go.
[[nodiscard]] Result<bool> retire_began(AuditStore& store);

// `person` says who and why; the subject and the hash before are filled in here.
// Errors: reject policy.not_certified, retire.unstated, retire.open (with the first place that does
// not agree); those of the parts.
[[nodiscard]] Result<Retired> retire(const RetireParts& parts, AuditEntry person);

}  // namespace teller
