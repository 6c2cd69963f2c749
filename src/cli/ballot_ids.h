// Which ballots a person means: ids, a file of ids or of the entries themselves, or the name of the
// batch that they were sent under.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/open.h"
#include "election/entry.h"

namespace teller::cli {

struct BallotsNamed {
  std::vector<std::string> ids;
  std::string file;           // Of ids, one a line; or of entries, as `teller load` takes them.
  std::string batch, sender;  // Of the journal's envelopes.
};
// Adds --ballot, --ballots, --batch and --sender.
void add_ballots_named(CLI::App* command, BallotsNamed& named);

struct BallotIds {
  std::vector<EntryId> ids;        // Each once, ascending.
  std::vector<EntryId> elsewhere;  // Of them, those that another batch brought too.
  std::uint64_t unreadable = 0;    // Entries of the file that intake refuses: they count nowhere.
  std::uint64_t others = 0;        // Entries that are no ballots.
};

// Errors: reject decision.no_ballot (nothing is named, a word is no id, no such batch, or several senders have
// one of this name); those of files, of Loader and of the journal.
[[nodiscard]] Result<BallotIds> find_ballot_ids(const BallotsNamed& named, const Opened& opened);

// ["6a1f…", …]
[[nodiscard]] nlohmann::ordered_json ids_json(const std::vector<EntryId>& ids);

}  // namespace teller::cli
