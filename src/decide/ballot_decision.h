// Decisions about ballots: what stands of those that are named is looked up first and told, before
// anything is made or signed.
//
// Nothing is sent or written. Between making and sending the count may go on; then the count itself
// rejects a decision by name.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "decide/new_decision.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// An entry that was counted, by what officers decided about it since.
struct EntryNow {
  Bytes counted;  // All its bytes, as the log has them,
  Bytes stands;   // and those that count: others, if it was superseded.
  // In whose place they were put, one after the other; what was taken back is out again.
  std::vector<Bytes> below;
  bool is_void = false;
  // Of conflicts that were settled by what counted then: the leaf hashes of it and of what did not count.
  std::set<std::pair<Hash, Hash>> kept;
};
// Those of `ids` that were counted in the partition that stands beside each. Errors: those of the store and of
// segments.
[[nodiscard]] Result<std::map<EntryId, EntryNow>> entries_now(
    const CountFile& count, CountReader& store, Segments& segments,
    const std::map<EntryId, std::uint16_t>& ids);

// What can be decided about, of ballots that were named, and what cannot.
struct BallotsFound {
  std::map<EntryId, Bytes> ballots;  // Those that it can be decided about.
  std::vector<EntryId> absent;       // No ballots that were counted here.
  std::vector<EntryId> settled;      // Of a void: void already; of a reinstatement: not void.
  std::vector<EntryId> elsewhere;    // Another batch than the one that was named brought them too.

  [[nodiscard]] std::size_t named() const {
    return ballots.size() + absent.size() + settled.size() + elsewhere.size();
  }
  [[nodiscard]] bool all() const { return absent.empty() && settled.empty() && elsewhere.empty(); }
};
// `elsewhere`: of `ids`. Errors: as of entries_now().
[[nodiscard]] Result<BallotsFound> find_ballots(const CountFile& count, CountReader& store,
                                                Segments& segments, Control::Action action,
                                                const std::vector<EntryId>& ids,
                                                const std::vector<EntryId>& elsewhere);
// "100 named: 97 counted, 2 absent, 1 void already".
[[nodiscard]] std::string to_words(const BallotsFound& found, Control::Action action);

// A decision about what was found. Errors: those of count_now(); reject decision.no_ballot (absent or elsewhere,
// or nothing is left), control.target_settled; with `found_only` it is about the rest.
[[nodiscard]] Result<Decision> new_ballot_decision(const CountFile& count, Store& store,
                                                   const BallotsFound& found,
                                                   const DecisionAsked& asked, bool found_only);

}  // namespace teller
