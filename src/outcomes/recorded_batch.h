// The ballots of a scanner's batch, found by the name that the batch was sent under: it stands in the
// journal's envelopes and nowhere else.
//
// Reads the whole journal, and of partitions that hold some of the batch twice. Nothing is locked or
// written. Any thread may use it if any thread may use the journal.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "journal/journal.h"

namespace teller {

struct RecordedBatch {
  std::vector<EntryId> ballots;  // Each once, ascending.
  // Of them, those that were recorded from another batch or sender too: the paper may lie there.
  std::vector<EntryId> elsewhere;
  std::map<std::string, std::uint64_t>
      senders;               // How many ballots each of them sent under the name.
  std::uint64_t others = 0;  // Entries of the batch that are no ballots.
};

// `sender` empty: of all. Errors: those of Journal; stop journal.record_invalid.
[[nodiscard]] Result<RecordedBatch> find_recorded_batch(Journal& journal, const CountFile& count,
                                                        std::string_view batch,
                                                        std::string_view sender);

}  // namespace teller
