// Checks a count from what it left behind: statements, the lists of steps, the log of votes,
// totals. Believes nothing it can compute. Every check has a number; one changed byte makes exactly
// the check fail that looks at it, and the finding names file or record:
//
//    1 a statement can be read strictly                  9 counted again, a segment's leaves give
//    2 statements follow each other                        the same segment, root and size
//    3 a statement speaks of this count and its rules   10 every stated digest is that of the count
//    4 a checkpoint is signed by the count's key           done again
//    5 a checkpoint has the root of its statements      11 reported totals are those counted again
//    6 the lists of steps are the ones the statements   12 recorded = counted + duplicate + …
//      signed, and lead to where they say               13 votes + undervotes + overvotes = votes
//    7 a segment that was committed is there               allowed × cards (vote_law.h)
//    8 a segment has the hash its step names            14 every tile is the one its entries give
//                                                       15 an export has its files and no other
//                                                       16 the presentation is the one stated
//                                                       17 what the store says beside a number
//                                                          (names, mode, status, registered) is
//                                                          what the hashed files and the audit
//                                                          log say
//                                                       18 what officers decided is listed as the
//                                                          log has it, and what was certified is
//                                                          what a statement says
//
// Of a store 11 holds also figures that fell and points over time, 12 what each conflict and rejection
// is of (told_again.h), 17 the time beside all figures, what was recorded anew, and, by the command,
// what was delivered.
//
// Where a check rests on another that failed, it is not made, and called open. Without a good
// signature (4, 5) what statements say is held against nothing.
//
// The count done again is count/'s own function over the leaves (recount/ does it with another).
// Calls nothing but its arguments; not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segments.h"
#include "store/store.h"
#include "verify/evidence.h"
#include "verify/vote_law.h"

namespace teller {

struct Verification {
  Findings findings;
  std::uint64_t statements = 0, steps = 0, leaves = 0;
  std::uint64_t commit = 0;  // Everything up to here was checked.
  Hash digest{};             // Of the count done again, when counted_again.
  bool counted_again = false;
  VoteLaw vote_law;                // When counted_again.
  std::string key;                 // The verifier key that was believed.
  std::vector<std::string> notes;  // What could not be looked at, and what a reader should know.
  [[nodiscard]] bool good() const { return findings.list.empty(); }
};

// (leaves done, leaves in all); may be empty.
using VerifyProgress = std::function<void(std::uint64_t, std::uint64_t)>;

// Errors of all only when it cannot look (the store is away); what is wrong is a finding.
[[nodiscard]] Result<Verification> verify(const Rules& rules, const CountFile& count,
                                          Evidence& evidence, const VerifyProgress& progress = {});

// A store and its segments, as of one snapshot of the store.
[[nodiscard]] Result<Verification> verify(const Rules& rules, const CountFile& count,
                                          const Presentation& presentation, Store& store,
                                          Segments& segments, const VerifyProgress& progress = {});

// An export (publish/export.h), from its files alone. `key` is the count's verifier key as its
// office published it; empty: the one in count.json is believed, which tells nothing about who made
// the export.
// Errors: reject export.none (the folder holds none); stop file.io.
[[nodiscard]] Result<Verification> verify_export(const std::filesystem::path& folder,
                                                 std::string_view key = {},
                                                 const VerifyProgress& progress = {});

[[nodiscard]] std::string_view sentence_of(Check check);

}  // namespace teller
