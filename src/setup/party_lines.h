// Options that stand for several parties: lines of one candidate, two people of one name, or a primary in
// which each party has a contest of its own.
//
// Pure. Called by guess_mapping.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/import.h"

namespace teller {

struct PartyLines {
  // Contests whose options hardly cross parties, by id, with one that does: "Uncommitted".
  std::map<std::string, std::string> primaries;
  // Of other contests: an option of several parties that no other one speaks for; empty: there is none.
  std::string option, contest;
  std::vector<std::string> parties;
  // Its parties stand against each other elsewhere more often than together.
  bool are_rivals = false;
};

// `table` was read with the rows of all parties added up.
[[nodiscard]] PartyLines find_party_lines(const ResultsTable& table);

}  // namespace teller
