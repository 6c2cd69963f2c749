// The rules of the small election of testing/example_election.h, as text and without any code of ours: the oracle of
// the simulation reads it too, and must not count by what it checks.
//
// One plurality contest for two seats, one ranked, one counted from sheets; two precincts of a town.
#pragma once

#include <string>

namespace teller::example {

// `methods`: a list, as in rules.json.
inline std::string rules_text(const std::string& methods = R"([{"id": "in-person"}])") {
  return R"({
  "teller": "rules/1",
  "election": {"name": "Example", "date": "2026-05-03", "time_zone": "Europe/Zurich"},
  "methods": )" +
         methods + R"(,
  "units": [{"id": "town", "kind": "town"}, {"id": "north", "kind": "precinct", "parent": "town"},
            {"id": "south", "kind": "precinct", "parent": "town"}],
  "contests": [
    {"id": "council", "kind": "plurality", "seats": 2, "votes_allowed": 2, "write_ins": true,
     "options": [{"id": "ada"}, {"id": "bell"}, {"id": "cruz"}]},
    {"id": "mayor", "kind": "ranked", "votes_allowed": 3,
     "options": [{"id": "x"}, {"id": "y"}, {"id": "z"}]},
    {"id": "hall", "kind": "plurality", "counted_from": "sheets",
     "options": [{"id": "yes"}, {"id": "no"}]}],
  "styles": [{"id": "all", "cards": [["council"], ["mayor"]]}]})";
}

}  // namespace teller::example
