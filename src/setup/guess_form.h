// How the file is written, as [csv] of a mapping says it: what of it was seen, and lines that are no rows.
//
// Called by guess_columns.cc, when it knows which columns are read.
#pragma once

#include "setup/draft_columns.h"

namespace teller {

void draft_form(DraftColumns& all);

}  // namespace teller
