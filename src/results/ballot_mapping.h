// A mapping of kind "ballots": how the columns of a table that people typed, one row a paper ballot,
// become ballots of ours. A TOML file, documented in docs/reference/mapping.md ("Ballots"); every key
// is checked. What contests and options there are, the rules say; the mapping says where they stand.
//
// Parsed once by `teller import`; a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "results/mapping.h"
#include "tables/csv.h"

namespace teller {

struct BallotMapping {
  struct Naming {
    Template text;                           // Of the row.
    std::map<std::string, std::string> ids;  // From there to an id of the rules; others stay.
    [[nodiscard]] const std::string& id_of(const std::string& found) const;
  };
  // Where the marks of one contest stand: in one column, in a column for each option, or (ranked
  // contests) in a column for each rank.
  struct Contest {
    std::string id;      // Or the name.
    std::string column;  // Holds the names of all options that are marked, or ranked, in order.
    std::string separator = ";";
    std::vector<std::string> columns;  // Each is called as its option, and holds its mark or rank.
    std::vector<std::string> ranks;    // Of each rank from the first, and holds the option.
    std::string write_in;              // Holds a name that was written in.
    std::map<std::string, std::string> ids;  // What an option is called in the file -> its id.
  };

  std::string name;  // Of the mapping's file, for messages.
  CsvForm csv;
  std::string sheet_name;

  Template number;  // The ballot's own number in its source: never that of a line.
  Template card;    // Empty: a row is all cards of its ballot.
  Naming style;     // Its text is empty: the rules have one.
  Naming unit, method;
  std::vector<Contest> contests;

  // What stands in a cell for something else than an option.
  std::set<std::string> marked = {"x", "X", "1"}, unmarked = {"0"};  // In an option's own column.
  std::set<std::string> empty;     // Nothing is marked (as an empty cell).
  std::set<std::string> blank;     // The contest is blank as a whole.
  std::set<std::string> invalid;   // The contest is invalid as a whole.
  std::set<std::string> overvote;  // Too many are marked here, and it is not said which.
  std::set<std::string> write_in;  // A name was written in: alone, or "word: name".

  // Whether a mapping's text says that it is of this kind. What cannot be read is not.
  [[nodiscard]] static bool is_one(std::string_view text);
  // Errors: reject mapping.invalid with every fault on a line of its own.
  [[nodiscard]] static Result<BallotMapping> parse(std::string_view text, std::string_view name);
};

}  // namespace teller
