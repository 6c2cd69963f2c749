// Tables that tell of a count beside its totals: what was not counted, what fell, figures over time,
// what was recorded anew. For whoever reads them row by row (DefinitionStore::definition_rows) to hold
// them against the count done again; everybody else has the ports.
#pragma once

#include "store/definition_rows.h"

namespace teller {

// partition, position, place | outcome, reason, entry_id, leaf, counted_leaf, commit_number
[[nodiscard]] const DefinitionTable& incidents_table();
// partition, step | commit_number: all there are, of whatever commit; CountReader::steps() has the rest of those that count.
[[nodiscard]] const DefinitionTable& steps_table();
// partition, step, place | commit_number, contest, slot, unit, method, before_value, after_value, reason
[[nodiscard]] const DefinitionTable& falls_table();
// partition, step, place | commit_number, action, number, reason, officers, statement, entry
[[nodiscard]] const DefinitionTable& decisions_table();
// commit_number, contest, slot | at, value, how
[[nodiscard]] const DefinitionTable& timeline_table();
// as_partition, as_position, as_place | partition, position, place, audit_number: by the second copy, the order
// in which they were recorded.
[[nodiscard]] const DefinitionTable& replays_table();

}  // namespace teller
