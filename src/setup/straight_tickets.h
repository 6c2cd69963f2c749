// Rows of a straight ticket: marks for a party, which count for each of its candidates and are in their votes already.
//
// Called by guess_mapping.cc.
#pragma once

#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"

namespace teller {

// Of contests that are called so and whose rows have no option. Gives whether the draft was changed.
[[nodiscard]] bool settle_straight_tickets(MappingDraft& draft, const MappingAnswers& answers);

}  // namespace teller
