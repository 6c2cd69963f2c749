// What the name of a column, or of an option, usually means: "得票數" are votes, "Under Votes" are
// undervotes. A guess, and never more: who guesses says so, or asks.
//
// Pure. Called by check_results.cc and, for `teller mapping new`, by src/setup.
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
// Of a header that says it twice, as in two languages: "Electors/Électeurs".
[[nodiscard]] ColumnWord meaning_of_column(std::string_view name);

// The figure of a unit that an option, or a contest, is called like, as [option.figures] has it: "blank" of "Votos en
// blanco"; empty: it is called like none.
[[nodiscard]] std::string_view figure_called(std::string_view name);

// Of the name of a column: those who voted for nobody, with one method, as "Absentee under votes".
[[nodiscard]] bool is_no_vote_of_method(std::string_view name);

// Of such a name whether it is a surname too, as "Blanco": only a person can say.
[[nodiscard]] bool may_be_surname(std::string_view name);

// Whether an option is called like what adds up others: "TOTAL", "Valid votes".
[[nodiscard]] bool is_called_sum(std::string_view name);

// As ids are written: lower case, with - for what is no letter and no digit.
[[nodiscard]] std::string as_id(std::string_view name);

// "20221206", "2022-12-06", "2022_12_06" in a text, as "2022-12-06"; empty: there is none.
[[nodiscard]] std::string date_in(std::string_view text);

}  // namespace teller
