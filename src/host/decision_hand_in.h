// Takes a decision that a person sent: what enough officers signed is recorded and counted, what
// needs more signatures waits for them (decide/approvals.h).
//
// It decides nothing: intake, count and verify check the signatures again, each for itself. The same
// decision sent again, by whomever, decides once. If the process dies between recording and answering,
// the decision is counted after the next start, and sent again it is told as counted already.
//
// Not thread-safe: one at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "decide/approvals.h"
#include "decide/decision.h"
#include "election/definition.h"
#include "gateway/recorder.h"
#include "outcomes/outcome_reader.h"
#include "store/count_store.h"

namespace teller {

struct HandInParts {
  Definition definition;
  CountReader* store;
  Recorder* recorder;
  OutcomeReader* outcomes;
  Approvals* approvals;
  std::function<Result<void>()> counted;  // Waits until what is recorded is counted.
  std::function<bool()> stop;
};

struct HandedIn {
  std::string became;  // "waiting", "counted", "rejected", "recorded" (not counted yet)
  Decision decision;   // With the signatures that waited of it, too.
  std::optional<Approval> approval = {};
  std::vector<std::string> incidents = {};  // Why it was rejected, in words; the first hundred.
};

// Whether each entry of it is counted already, whoever signed it since.
// Errors: those of CountReader::decisions().
[[nodiscard]] Result<bool> is_counted(const HandInParts& parts, const Decision& decision);

// `by`: who sent it, for the journal's envelopes and for those who see it wait.
// Errors: reject decision.other_count, decision.not_signed (nobody signed it, or somebody who is no
// officer, or may not, or a signature is not good), control.approvals, decision.approvals_full; stop
// load.gave_up (the journal took nothing); retry decision.busy (others keep changing what waits of it),
// what `counted` fails with; those of files and stores.
[[nodiscard]] Result<HandedIn> hand_in(const HandInParts& parts, const Decision& decision,
                                       const std::string& by);

}  // namespace teller
