// `teller import` with a mapping of kind "ballots": makes ballots of the rows that people typed, sends them, and tells
// of them until they are counted.
#pragma once

#include <string>

#include "cli/entry_target.h"

namespace teller::cli {

struct BallotImport {
  std::string file, mapping_name, mapping;  // The mapping's path and text.
  std::string source;                       // Whose ballots; empty: the mapping's name.
  std::string key;                          // The secret of ids, where `to` is a server.
  bool new_key = false;  // Take the secret that is there, or a new one, as right.
  std::string out;       // Write entries here instead; "-" is stdout.
  bool check = false;    // Only read and say.
  SendTo to;
};

// Gives the exit code: found when a row was refused, or a ballot is not counted.
[[nodiscard]] int import_ballots(const BallotImport& options);

}  // namespace teller::cli
