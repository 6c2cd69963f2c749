// A decision of officers in the words of a deck, and the entries that it becomes.
//
// An officer's key follows from the name, so that a deck says nothing of keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "election/count_file.h"
#include "election/entry.h"
#include "election/officers.h"
#include "words.h"

namespace teller::deck {

[[nodiscard]] Officer officer(const std::string& name, OfficerRole role);

// One line of a deck. About the stage it becomes an entry for each partition.
struct SaidDecision {
  struct Signer {
    std::string name;
    bool forged = false;  // Somebody else's key signs in this officer's name.
  };
  std::uint32_t line = 0;  // Tells it from the other decisions of the deck.
  Control control;         // Without what differs between partitions, and without signatures.
  std::vector<Signer> signers;

  // The signed entry for `partition`, where it is decision `number` about the stage, and where
  // `counted` entries had been counted when what it certifies was stated.
  [[nodiscard]] Bytes entry(const CountId& count, std::uint16_t partition = 0,
                            std::uint32_t number = 1, std::uint64_t counted = 0) const;
};

// What stands behind `decide ACTION [CARD [CONTENT…]]`: [by [forged] NAME…] ["REASON"]. Where nobody
// is named, as many officers sign as it takes, the first ones whose role may.
void who_and_why(SaidDecision& decision, const CountFile& count, Words& words);

}  // namespace teller::deck
