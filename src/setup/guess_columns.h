// The first half of a guess: a draft from what the columns of a file are called and hold.
//
// Pure. Called by guess_mapping.cc, which then tries the draft on the file.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "setup/mapping_draft.h"

namespace teller {

using MappingAnswers = std::map<std::string, std::string>;

// What was answered to a question, or its guess; then it is open.
[[nodiscard]] std::string answer_to(MappingDraft& draft, const MappingAnswers& answers,
                                    MappingQuestion question);

// `path`: of the file, whose name may say what the election is called and when it was.
// Errors: reject mapping.invalid (no column of numbers that could be votes).
[[nodiscard]] Result<MappingDraft> draft_from_columns(const std::string& path, TableFront front,
                                                      const MappingAnswers& answers);

}  // namespace teller
