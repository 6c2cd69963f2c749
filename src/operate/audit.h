// The audit log: one line for every change of data or configuration that a person makes. The only
// way to write one.
//
// A command that changes something calls write_audit() and goes on only if it returned a number:
//
//   PostgresStore or SqliteStore, open for change (cli: open_for_change())
//   const auto line = write_audit(home.count, store, clock,
//                                 {.actor = person.actor, .action = "restore",
//                                  .subject = "store.sqlite", .reason = person.reason,
//                                  .before = sha256(…), .after = sha256(…),
//                                  .approver = person.approver});
//   if (!line) return report(line.error());
//
// What always holds:
//   - What is changed in the store's own tables (an OfficerAction) is changed in the transaction of its line.
//     Everything else is changed after its line: a line without its change means that the command
//     ended in between, and never a change without a line. A command that wants to say how it ended
//     writes a second line.
//   - Lines are chained and numbered without a hole, whoever writes at the same time.
//   - A store that has no lines yet, because it is older than its audit log or because
//     `teller init` was interrupted, gets the line `begin` first, which says so.
//
// The actor is who did it: on the command line --actor or the login name; over HTTP the name of the
// certificate or of the token. Texts name no voter and no choice.
//
// Called by hosts, from any thread; the store orders them.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"
#include "election/count_file.h"
#include "store/audit_store.h"

namespace teller {

struct AuditEntry {
  std::string actor;
  std::string action;   // A word: resume, restore, …
  std::string subject;  // What it is done to: "partition 3".
  std::string reason;
  Hash before{}, after{};     // SHA-256 of what is changed; zeros: nothing, or not known yet.
  std::string approver = {};  // A second person; empty: nobody.
};

inline constexpr std::string_view audit_init = "init";    // The first line of a new count.
inline constexpr std::string_view audit_begin = "begin";  // The first line of an older one.

// Whether its texts may stand in a line; for a command that wants to know before it begins.
// Errors: reject audit.text_invalid.
[[nodiscard]] Result<void> check_audit_entry(const AuditEntry& entry);

// Writes the line, with `action` in the same transaction, and gives its number.
// Errors: reject audit.text_invalid (a reason is missing or too long); stop audit.corrupt (the last
// line cannot be read; nothing was written); those of AuditStore::put_audit. After abort store.unknown
// it has looked already: the line and its action are not there, or the store is away.
[[nodiscard]] Result<std::uint64_t> write_audit(const CountFile& count, AuditStore& store,
                                                const Clock& clock, const AuditEntry& entry,
                                                const OfficerAction& action = {});

}  // namespace teller
