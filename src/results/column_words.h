// What the name of a column, or of an option, usually means: "得票數" are votes, "Under Votes" are
// undervotes. A guess for `teller mapping new`, and never more: who guesses says so.
//
// Pure. Called by guess_mapping.cc and table_front.cc.
#pragma once

#include <string>
#include <string_view>

namespace teller {

enum class Role {
  none,
  votes,
  method_votes,  // The votes of one method.
  option,
  contest,
  district,  // Of a contest, or a unit where there is no contest.
  party,
  method,
  unit,
  registered,
  cards,
  invalid,
  blank,
  undervotes,
  overvotes,
  total,
  size,  // Seats, or votes that one may give.
  date,
  ignored,  // A share, a code, a year.
};

struct ColumnWord {
  Role role = Role::none;
  int rank = 0;          // Of a unit: from the whole (1) to the polling station (9).
  bool is_code = false;  // Of a unit: its number, and not its name.
};

[[nodiscard]] ColumnWord meaning_of(std::string_view name);

// As ids are written: lower case, with - for what is no letter and no digit.
[[nodiscard]] std::string as_id(std::string_view name);

// "20221206", "2022-12-06", "2022_12_06" in a text, as "2022-12-06"; empty: there is none.
[[nodiscard]] std::string date_in(std::string_view text);

}  // namespace teller
