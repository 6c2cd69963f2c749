// Conflicts, and the decisions that settle them: what counts is kept, or superseded by the other
// content. Both by entries that officers sign, and each is undone by another one.
//
// Nothing is sent or written. Between making and sending the count may go on; then the count itself
// rejects a decision by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "decide/new_decision.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// By what a conflict was settled last.
struct SettledConflict {
  Control::Action action = Control::Action::keep;
  std::uint64_t commit = 0;
  bool counts = false;  // What was not counted when it came counts by this decision.
};
// By the leaf hash of what was not counted when it came: whenever the same content comes again, it is
// settled. Only decisions that have their signatures. Errors: those of the store.
[[nodiscard]] Result<std::map<Hash, SettledConflict>> settled_conflicts(const CountFile& count,
                                                                        CountReader& store);

// All bytes of the entry that was not counted, from the journal, and where that was.
struct Conflict {
  std::uint16_t partition = 0;
  Bytes sent;
};

enum class Resolve : std::uint8_t {
  keep,       // What counts goes on counting.
  supersede,  // What was sent later counts in its place.
  undo,       // What was superseded by what was sent later counts again.
};
[[nodiscard]] Control::Action action_of(Resolve how);

// One decision about all of `conflicts`, or about none; `reason` is published. Errors: those of
// count_now(); reject decision.no_conflict (nothing is named, what was sent is no ballot, and of keep no
// sheet either, or two of them are of one id), control.target_settled (what was sent stands already, or
// does not; the ballot is void); those of the store and of segments.
[[nodiscard]] Result<Decision> new_conflict_decision(const CountFile& count, Store& store,
                                                     Segments& segments,
                                                     const std::vector<Conflict>& conflicts,
                                                     Resolve how, const std::string& reason);

}  // namespace teller
