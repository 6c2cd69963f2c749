// Names that voters wrote in, as they stand by everything that officers decided since: what was
// superseded counts by what stands in its place, and what is void counts for nobody.
//
// Reads the log and the decisions up to the store's head, and writes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/definition.h"
#include "election/entry.h"
#include "log/segments.h"
#include "store/count_store.h"

namespace teller {

// One ballot in the place of another by decision: all bytes of both.
struct Superseding {
  Bytes before, after;
};

// A ballot that was counted. What it points to lives until the call with it ends.
struct StandingBallot {
  EntryId id;
  ByteView bytes;                           // Those that count, or would if it were not void.
  std::span<const Superseding> superseded;  // The oldest first.
  bool is_void = false;
};
// Calls `each` for every ballot that was counted, until it fails. Errors: those of the store, of segments and of
// `each`.
[[nodiscard]] Result<void> for_each_standing_ballot(
    const CountFile& count, CountReader& store, Segments& segments,
    const std::function<Result<void>(const StandingBallot&)>& each);

// Of a spelling, or of what nobody can read.
struct WriteInVotes {
  std::uint64_t votes = 0;
  std::uint64_t in_overvotes = 0;  // No votes: the contest has more marks than it allows.
  std::uint64_t on_void = 0;       // On ballots that are void.
};
struct WriteIns {
  std::map<std::string, WriteInVotes> names;  // Each spelling as it was written.
  WriteInVotes unreadable;                    // Without a name.
};
// By contest, one of each in the rules. Errors: as above; stop segment.invalid (a ballot cannot be read).
[[nodiscard]] Result<std::vector<WriteIns>> write_ins_now(const Definition& definition,
                                                          CountReader& store, Segments& segments);

// Errors: stop segment.invalid.
[[nodiscard]] Result<Ballot> read_ballot(const Definition& definition, ByteView bytes);

}  // namespace teller
