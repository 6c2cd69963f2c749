// What senders and persons did, as the checks hold it (checks/check_count.h): read from the incidents and
// the journal, the audit log and the decisions of a count.
#pragma once

#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "election/count_file.h"
#include "journal/journal.h"
#include "publish/audit_line.h"
#include "store/store.h"

namespace teller {

struct Conduct {
  std::vector<SenderConflicts> senders;
  std::vector<AuditLine> audit;
  std::vector<UndoneDecision> undone;
};

// Only what a check of `rules` is made of. `journal` may be nothing: then nothing is known of senders. An
// audit line that cannot be read is left out; `teller audit verify` names it.
// Errors: those of Store and Journal; stop journal.record_invalid.
[[nodiscard]] Result<Conduct> read_conduct(const CountFile& count, const CheckRules& rules,
                                           Store& store, Journal* journal);

}  // namespace teller
