// Begins a count that was just made: makes its store and writes the first line of its audit log. The commands that
// make a count share it.
//
// Errors: those of the store and of write_audit(); a count that began is there whole.
#pragma once

#include "base/error.h"
#include "cli/person.h"
#include "home/home.h"
#include "operate/audit.h"
#include "store/audit_store.h"

namespace teller::cli {

// What the first line says; its hash is left out.
[[nodiscard]] AuditEntry first_entry(const Person& person);

// The first line of the audit log; a count that was begun before has it already.
[[nodiscard]] Result<void> begin_audit_log(const CountFile& count, AuditStore& store,
                                           const Person& person);

// The store of an embedded count, in its home; then all that `made` has stays.
[[nodiscard]] Result<void> begin_in_folder(const Home& home, const Person& person, NewOnDisk& made);

}  // namespace teller::cli
