// Rules that know all of a file of results: what its contests are, where each is held, who stands in it.
// They are a beginning, for their owner to look through and to keep.
//
// Pure; the same table gives the same bytes. Called by src/cli/rules.cc and src/cli/import.cc.
#pragma once

#include <string>
#include <vector>

#include "results/import.h"

namespace teller {

// The bytes of a rules.json (schema/rules.schema.json).
[[nodiscard]] std::string starter_rules(const ResultsTable& table, const Mapping& mapping,
                                        CountedFrom from);

// What the rules have that the file does not say, in words; mostly nothing: places that meet in no
// unit, and vote on one contest, are parts of a whole that is called as the election is.
[[nodiscard]] std::vector<std::string> starter_notes(const ResultsTable& table,
                                                     const Mapping& mapping);

}  // namespace teller
