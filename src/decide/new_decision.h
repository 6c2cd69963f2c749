// Makes decisions about the stage from what a count's store holds, and refuses those that the count
// would reject now, with why not in words. Those about ballots: ballot_decision.h.
//
// Nothing is sent or written. Between making and sending the count may go on; then the count itself
// rejects the decision by name.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "decide/decision.h"
#include "election/definition.h"
#include "election/presentation.h"
#include "election/rules.h"
#include "store/store.h"

namespace teller {

struct DecisionAsked {
  Control::Action action = Control::Action::open;
  std::string reason;
  bool accept_open = false;  // Of certify: what is left open may be left.
  // Of certify: what the figures are held against. The reason names a file of the office's own.
  CheckRules checks = default_check_rules();
  // Of certify: what the voters' roll says; empty: there is none.
  std::vector<UnitVoters> voters = {};
  // Of certify: how many result sheets somebody typed that were not delivered (src/entering).
  std::uint64_t entered_open = 0;
};

// A decision about the stage. Errors: reject control.stage (where the count stands, in words), control.reason_missing,
// control.no_officers; of open, of a live count, decision.no_zero_report; of certify also
// decision.unstated (no statement has all that is counted) and
// decision.open (conflicts, rejections, halted partitions, or errors and warnings of checks are
// left) and checks.invalid; those of the store and its audit log.
[[nodiscard]] Result<Decision> new_stage_decision(const Definition& definition,
                                                  const Presentation& presentation, Store& store,
                                                  const DecisionAsked& asked);

}  // namespace teller
