// How the numbers of a column are written, and what stands where there is none: into the draft of a mapping, with the
// reason, or as a question.
//
// Pure. Called by guess_columns.cc.
#pragma once

#include <set>
#include <string>

#include "setup/guess_columns.h"

namespace teller {

// The texts of `column` that are no plain numbers; those that were `seen` before are passed over.
void take_number_texts(MappingDraft& draft, const MappingAnswers& answers,
                       const ColumnFacts& column, std::set<std::string>& seen, bool are_votes);

// A text that stands where a number should; "": an empty cell. `where` begins a sentence about it.
void take_mask(MappingDraft& draft, const MappingAnswers& answers, const std::string& text,
               const std::string& where);

}  // namespace teller
