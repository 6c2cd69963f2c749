// The ballots that voters of an election get: each set of contests that some unit has is a style, in
// the order of the units, unless people give it a name.
//
// Pure. Called by rules_tables.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "election/rules_text.h"

namespace teller {

class BallotStyles {
 public:
  // A unit's ballot; contests by their places, ascending. Gives the name of the style where the same
  // name stands for another ballot already; mostly nothing.
  [[nodiscard]] std::string add(std::size_t unit, const std::string& name,
                                const std::vector<std::size_t>& contests);

  struct Unit {
    std::string id;
    std::int64_t parent = -1;  // Stands before it.
  };
  // The unit in which all meet that vote on a contest, by its place in `units`; 0 if they meet in
  // none, -1 if none votes on it.
  [[nodiscard]] std::int64_t meeting_of(std::size_t contest, const std::vector<Unit>& units) const;

  struct Contest {
    std::string id;
    std::size_t card = 1;
  };
  // For rules.json: `contests` and `units` by their places. Where there are several styles, each
  // names its units: those that have none below them, or the unit above where all of them have it.
  [[nodiscard]] std::vector<RulesJson::Json> json(const std::vector<Contest>& contests,
                                                  const std::vector<Unit>& units) const;

 private:
  struct Style {
    std::string name;  // Empty: people give it none.
    std::vector<std::size_t> contests;
    std::vector<std::int64_t> units;
  };
  std::vector<Style> styles_;
};

}  // namespace teller
