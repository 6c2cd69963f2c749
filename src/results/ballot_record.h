// What one source says of one paper ballot, or of one of its cards, in the source's own words: a row of
// a table that people typed, the record of a scanner. ballot_maker.h makes an entry of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "election/rules.h"

namespace teller {

struct BallotRecord {
  struct Mark {
    enum class Kind { option, write_in, too_many };
    Kind kind = Kind::option;
    std::string text;    // What the option is called there, or the name that was written in.
    std::string column;  // Where it stood, for messages.
  };
  // What it says in one contest.
  struct Contest {
    ContestId contest{};
    bool blank = false, invalid = false;  // As a whole.
    std::vector<std::vector<Mark>>
        ranks;  // Of a contest that is not ranked: all marks in the first.
    [[nodiscard]] bool says_nothing() const {
      for (const auto& rank : ranks) {
        if (!rank.empty()) return false;
      }
      return !blank && !invalid;
    }
  };

  std::uint64_t line = 0;           // RowFaults::line_of.
  std::string number;               // The ballot's own in its source.
  std::string card;                 // Which card of the ballot, from 1; empty: it is all of them.
  std::string style, unit, method;  // Id or name by the rules; of the only one there is: empty.
  std::vector<Contest> contests;    // Those that the source can speak of, each once.
};

}  // namespace teller
