// A first mapping for somebody's file of results: what its columns are, how its numbers are written,
// which rows are sums. Each guess is made from cells and says which; the mapping is then tried on the
// whole file, and what that shows (a total, a second line of a candidate) is settled in it as well.
// What no cell can say is a question: the mapping has what is likely, and a person decides.
//
// Reads the file some times over. Called by src/cli/mapping.cc.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "setup/mapping_draft.h"

namespace teller {

struct MappingGuess {
  std::string text;                    // The mapping, as TOML.
  std::vector<MappingQuestion> open;   // In the order to be asked.
  std::vector<MappingQuestion> asked;  // And those that `answers` answered.
  std::vector<std::string> takes;      // What it takes from the file.
};

// `paths`: of one delivery, at least one; all are made in one way. `answers`: by the key of a question. An
// empty answer takes the guess.
//
// Errors: as of read_results(); reject mapping.invalid (the file has no column of numbers, no mapping that
// was tried can read it, its rows are ballots, or a file is made in another way than the first).
[[nodiscard]] Result<MappingGuess> guess_mapping(std::span<const std::string> paths,
                                                 const std::map<std::string, std::string>& answers);

}  // namespace teller
