// Checks a count from what it left behind: statements, the list of steps, segments, totals.
// Believes nothing it can compute. Every check has a number; one changed byte makes exactly the
// checks fail that look at it, and the finding names file or record.
//
//   1 a statement can be read strictly                    7 a segment that was committed is there
//   2 statements follow each other                        8 a segment has the hash its step names
//   3 a statement speaks of this count and these rules    9 counted again, its leaves give the same
//   4 a checkpoint is signed by the count's key             segment, root and size
//   5 a checkpoint has the root of its statements        10 the digest of the count done again is
//   6 the list of steps is the one a statement signed       the one stated
//                                                        11 the store's totals are those counted
//                                                        12 recorded = counted + … per partition
//
// The count done again is count/'s own function over the leaves (recount/ does it with another).
// Calls nothing but its arguments; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

struct Finding {
  int check = 0;
  std::string what;  // "segment 12 of partition 3 (…): does not have the hash that step 12 names"
};

struct Verification {
  std::vector<Finding> findings;  // At most 100; `more` counts the rest.
  std::uint64_t more = 0;
  std::uint64_t statements = 0, steps = 0, leaves = 0;
  std::uint64_t commit = 0;  // Everything up to here was checked.
  Hash digest{};             // Of the count done again.
  // False when a segment was missing or wrong: checks 9 to 11 were then made in part or not at all.
  bool counted_again = false;
  [[nodiscard]] bool good() const { return findings.empty(); }
};

// Errors only when it cannot look (the store is away); what is wrong is a finding.
// `progress` is called with (steps done, steps in all) and may be empty.
[[nodiscard]] Result<Verification> verify(
    const Rules& rules, const CountFile& count, Store& store, Segments& segments,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

[[nodiscard]] std::string_view sentence_of_check(int check);

}  // namespace teller
