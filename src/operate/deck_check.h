// Compares what a test count counted of a test deck (generate/test_deck.h) with what it must come to, and leaves a
// report in the deck's folder that the key of the count signed.
//
// What always holds: the deck is made anew from the rules, so that what it must come to is not believed from a file that
// may have been changed since; no report takes the place of one before. If the process dies here: without a report,
// nothing was compared; the same command compares again.
//
// Called by `teller test-deck --check`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "publish/note.h"
#include "store/count_store.h"

namespace teller {

struct DeckCheck {
  std::uint64_t ballots = 0, sheets = 0, figures = 0;
  std::vector<std::string> differences;  // One a figure that differs, in words.
  std::string report;                    // The file that was written.
};

// `folder` is the one that the deck was written into.
// Errors: reject generate.live, count.other (a deck for another count), file.damaged (expected.json was changed, or
// another version wrote it); those of make_test_deck(), the store and files.
[[nodiscard]] Result<DeckCheck> check_deck(const Home& home, CountReader& store,
                                           const Signer& signer, const Clock& clock,
                                           const std::filesystem::path& folder);

// A test deck is never counted in a live count. Errors: reject generate.live.
[[nodiscard]] Result<void> may_have_deck(const CountFile& count);

}  // namespace teller
