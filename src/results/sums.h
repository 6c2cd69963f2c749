// Finds what is a sum of its neighbours: a unit "Total" beside the precincts, an option TOTAL VOTES
// CAST, a method "all" beside votes by method. Counted with them every vote would count twice.
//
// Arithmetic over the whole table makes one of these: each of its figures is the sum of all others, of a
// run of them in the file, or of some options or methods wherever they stand, and there is too much of it for chance.
// Its name lowers how much is enough; what is called a total may also come only near, and so may a unit each of whose
// figures does. A unit or method that is called a total is told wherever it stands beside others, whatever its figures
// are: a part of them may be kept back. And of two methods that have the same figures everywhere one may be a copy.
// Pure. Called by check_results.cc and guess_mapping.cc.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "results/import.h"
#include "results/sum_names.h"

namespace teller {

struct FoundSum {
  enum class What { unit, option, method };
  What what = What::unit;
  std::string name = {};      // The id of the sum.
  std::string contest = {};   // Of an option.
  std::string of = {};        // What it is the sum of, in words.
  std::string evidence = {};  // One of its figures, in words.
  bool names_say_so = false;  // What it is the sum of is called as it is, and more.
  // It is called a total, and no figure shows that it is one: `of` says beside what it stands, and there is no evidence.
  bool by_name_alone = false;
  bool of_all = false;               // Others of its kind.
  bool is_copy = false;              // It is no sum: its figures are all those of one other, `of`.
  std::set<std::string> parts = {};  // Of a method that is the sum of some others: their ids.
};

// "the unit \"Rill/Total\" is the sum of all 7 others (9,344, for one)"
[[nodiscard]] std::string in_words(const FoundSum& sum);

constexpr std::size_t sums_found_max = 100;

// At most a hundred of each kind, and none in `not_sums` (ids).
[[nodiscard]] std::vector<FoundSum> find_sums(const ResultsTable& table,
                                              const std::set<std::string>& not_sums);

// Methods alone.
[[nodiscard]] std::vector<FoundSum> find_method_sums(const ResultsTable& table,
                                                     const std::set<std::string>& not_sums);

}  // namespace teller
