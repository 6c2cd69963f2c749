// Records rejected entries anew, after a fix.
//
// An entry is rejected when the program that counts cannot read it by the rules, which intake
// should not have let in. Rules are frozen, so what can be fixed is a program: one that refused
// wrongly. This program judges the bytes again (intake's accept(), the same decoder that counts).
// What it accepts is appended to the journal once more, in its old envelope, and counted like any
// other entry: a rejected entry does not claim its id, so the second copy is counted, unless a
// sender has sent it again meanwhile, and then it is a duplicate. What it does not accept stays
// rejected.
//
// Two audit lines: `replay-rejected` before anything is recorded, and `replayed` with the marks
// (OfficerAction::replays) in one transaction. If the process dies between them, the copies are recorded
// and not marked: run it again, the third copies are duplicates.
//
// The journal has one writer in the embedded form: the engine must not run (home lock). On the
// servers anybody who may write the topic `entries` can do it while the count goes on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "journal/journal.h"
#include "operate/audit.h"
#include "store/store.h"

namespace teller {

struct ReplayOutcome {
  std::vector<Replay> replays;  // Recorded anew, and marked.
  struct Refused {
    EntryPlace place;
    Code code;  // Why this program does not accept it either.
  };
  std::vector<Refused> refused;
  std::uint64_t replayed_before = 0;  // Rejected entries that were replayed earlier: left alone.
};

// `person` gives actor, reason and approver; the rest of it is written here.
//
// Errors: those of the store and of the journal; stop journal.gap (the record of a rejected entry
// is gone), stop journal.corrupt (its bytes are not those that were rejected); retry journal.full,
// journal.busy and abort journal.unknown (some may be recorded and are not marked; run it again).
[[nodiscard]] Result<ReplayOutcome> replay_rejected(const Home& home, Journal& journal,
                                                    Store& store, const Clock& clock,
                                                    const AuditEntry& person);

}  // namespace teller
