// Names of columns that are several things at once: "Mayor - Ada Moss", "Ada Moss - Absentee",
// "Ada Moss ED", "Mayor: Ada Moss (DEM)", "Moss 2026" beside "Moss 2022". How they are to be taken apart.
//
// Pure. Called by guess_columns.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace teller {

struct HeaderParts {
  std::vector<std::string> forms;  // As [votes] header_form has them.
  std::string separator;
  bool has_contest = false, has_method = false, has_party = false;
  bool contest_is_behind = false;    // "Ada Moss - Mayor".
  std::vector<std::string> methods;  // Where nothing but their names tells them from the options.
  // Two names, as examples; of two contests where there are two.
  std::string one, other;
};

// Where all of these names, which stand beside each other, are made in one way. Nothing: they are whole.
[[nodiscard]] std::optional<HeaderParts> find_header_parts(const std::vector<std::string>& names);

// The method in one of these names; empty: there is none in it.
[[nodiscard]] std::string method_of(const HeaderParts& parts, const std::string& name);

// Whether a name has a word for a method at one of its ends: "Ada Moss ED", "Early Ada".
[[nodiscard]] bool has_method_at_end(const std::string& name);

// The years that names end in, or begin with, the last one first, where some name comes with two of them.
[[nodiscard]] std::vector<std::string> years_of_names(const std::vector<std::string>& names);

// The year of one of them; empty: it has none.
[[nodiscard]] std::string year_of_name(const std::string& name);

// The form of names that have `year`, as years_of_names() found it: "{option} 2026"; empty: there is none.
[[nodiscard]] std::string form_of_year(const std::vector<std::string>& names,
                                       const std::string& year);

}  // namespace teller
