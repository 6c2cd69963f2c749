// Conflicts and rejections of a count in words, and what officers decided about conflicts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/open.h"
#include "decide/conflict_decision.h"
#include "outcomes/incident_reader.h"
#include "store/count_store.h"

namespace teller::cli {

// In words, one for each row; fewer where journal or log cannot be read, which is said.
[[nodiscard]] std::vector<ToldIncident> tell_incidents(const Opened& opened,
                                                       const std::vector<IncidentRow>& rows);

// How a conflict was settled: "keep, commit 17"; empty: it was not.
[[nodiscard]] std::string settled_in_words(const std::map<Hash, SettledConflict>& settled,
                                           const Incident& incident);

// "3/120/4": partition, record and index, as one is named to commands.
[[nodiscard]] std::string place_in_words(const EntryPlace& place);

}  // namespace teller::cli
