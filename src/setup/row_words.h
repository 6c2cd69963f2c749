// Names of rows that are no option and no place: "Precincts Reporting" among the candidates, "Percent"
// below the precincts. And options that are of no party: "Uncommitted".
//
// Pure. Called by guess_mapping.cc, header_contests.cc, no_votes.cc and party_lines.cc.
#pragma once

#include <string>
#include <string_view>

namespace teller {

enum class RowName {
  plain,     // May be anything.
  doubtful,  // A word in it says a share, a count of places, a remark; somebody has to say.
  none,      // Is called by such words alone: no option, and no place.
};

[[nodiscard]] RowName kind_of_row_name(std::string_view name);

// "Ada Moss (DEM)": "Ada Moss"; empty: no short word in brackets stands at its end.
[[nodiscard]] std::string without_party(const std::string& name);

// "Round", "NR_TURNO"; with its number in it, "Round 2 Votes"; and what moves between two of them.
[[nodiscard]] bool is_called_round(std::string_view name);
[[nodiscard]] bool is_numbered_round(std::string_view name);
[[nodiscard]] bool is_called_transfer(std::string_view name);

// "2026".
[[nodiscard]] bool is_year(std::string_view word);

// "Write-in", "Uncommitted", "None of the above": comes with every party.
[[nodiscard]] bool is_of_no_party(std::string_view name);

}  // namespace teller
