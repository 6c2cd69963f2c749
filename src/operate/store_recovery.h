// Brings a store that was restored from an older copy back to what has been stated since.
//
// What was signed is public and cannot be taken back. So the boundaries that the published
// statements name are replayed over the journal: every step must give the segment, root and size
// that was stated, the statements are put back byte by byte, and what is committed next is numbered
// above everything that was published. What had been committed and not yet stated is counted as
// new.
//
// Nothing is believed but the count's public key and hashes. Nothing is written before everything
// published has been read and checked, and before the store was found to be an older state of it.
// If the process dies here: run it again; it goes on where the store stands.
//
// Nobody else may count meanwhile (embedded: the home's lock; service: stop `count` and `publish`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/partition_recovery.h"
#include "home/home.h"
#include "publish/note.h"
#include "publish/statement.h"

namespace teller {

// What was published, checked as far as it can be checked by itself.
struct Published {
  struct Stated {
    Statement statement;
    Bytes bytes;
    std::vector<StepRow> steps;
  };
  std::vector<Stated> statements;  // All, from 0.
  std::string checkpoint;          // The note over all of them.
  std::uint64_t commit = 0;        // The highest that readers were shown.
};

// From the folder of the static files, or from an export (`teller log export`).
// Errors: reject recover.published (what is missing or not as it was signed).
[[nodiscard]] Result<Published> read_published(const std::filesystem::path& folder,
                                               const Home& home);

struct RecoverParts {
  ReplayParts replay;
  StatementStore* statements = nullptr;  // Where statements are stored: the same store, as who may.
  const Signer* signer = nullptr;
  std::function<void(std::uint64_t, std::uint64_t)> progress;  // (steps done, in all); or empty.
};

struct Recovery {
  std::uint64_t from_commit = 0, commit = 0;  // Of the head, before and after.
  std::uint64_t statements = 0, steps = 0;    // Put back; replayed.
  Hash digest{};                              // Of what is committed now.
};

// Errors: reject recover.not_needed (the store is not behind); stop recover.forked (another
// statement was signed under a number that is published), recover.diverged (the store counted on in
// its own way after it was restored), recover.failed (replayed, it is not what was stated); retry
// recover.busy (somebody else counts); those of the parts.
[[nodiscard]] Result<Recovery> recover(const RecoverParts& parts, const Published& published);

}  // namespace teller
