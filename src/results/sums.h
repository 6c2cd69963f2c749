// Finds what is a sum of its neighbours: a unit "Total" beside the precincts, an option TOTAL VOTES
// CAST, a method "all" beside votes by method. Counted with them every vote would count twice.
//
// Arithmetic over the whole table makes one of these: each of its figures is the sum of all others, or of a
// run of them in the file, and there is too much of it for chance. Its name lowers how much is enough;
// what is called a total may also come only near, and so may a unit each of whose figures does.
// Pure. Called by check_results.cc and guess_mapping.cc.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "results/import.h"

namespace teller {

struct FoundSum {
  enum class What { unit, option, method };
  What what = What::unit;
  std::string name;           // Of the sum.
  std::string contest;        // Of an option.
  std::string of;             // What it is the sum of, in words.
  std::string evidence;       // One of its figures, in words.
  bool names_say_so = false;  // What it is the sum of is called as it is, and more.
};

// Whether a name says that it is a sum, in some words of some languages.
[[nodiscard]] bool is_named_as_sum(std::string_view name);

// At most a hundred of each kind, and none in `not_sums` (ids).
[[nodiscard]] std::vector<FoundSum> find_sums(const ResultsTable& table,
                                              const std::set<std::string>& not_sums);

}  // namespace teller
