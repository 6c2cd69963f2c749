// What readers have: the numbers as they stand where people and systems read them, read back.
//
// Filled by whoever can read a place (a sink, the pub_* views); compared with the store by
// verify/reconcile.h. A number is true as of a commit of its own, since a place may be in the
// middle of going from one commit to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "count/step.h"

namespace teller {

struct ReadBack {
  std::uint64_t commit = 0;  // What its head says; 0: nothing is there yet.
  std::uint64_t statements = 0;
  Outcomes outcomes;
  std::string status;                // Only where its head says it.
  std::int64_t committed_at_us = 0;  // Likewise.
  // What is there and is not what was written, by name; only where all of it was asked for.
  std::vector<std::string> wrong;

  // An option, a counter, or the votes of a contest together, over all units and methods. Of
  // options all are there; of the others, what the place shows.
  static constexpr std::uint16_t all_votes = 0xFFFF;  // No column's slot.
  struct Sum {
    ContestId contest{};
    std::uint16_t slot = 0;
    std::optional<std::int64_t> votes;  // Nothing unless `how` is "number" or "partial".
    std::string how;                    // As publish/figures.h says: "number", "withheld", …
    std::uint64_t as_of = 0;
    // Of how many reports it is withheld or unknown in how many; only where the place says it.
    struct Reports {
      std::int64_t withheld_in = 0, unknown_in = 0, of = 0;
      [[nodiscard]] bool operator==(const Reports&) const = default;
    };
    std::optional<Reports> reports = {};
    [[nodiscard]] bool operator==(const Sum&) const = default;
  };
  std::vector<Sum> options;

  struct Cell {
    TotalKey key;
    std::optional<std::int64_t> value;  // Nothing unless `how` is "number".
    std::string how;                    // "number", "withheld", "unknown".
    std::uint64_t as_of = 0;
    [[nodiscard]] bool operator==(const Cell&) const = default;
  };
  bool has_totals = false;  // Only where all of them were asked for.
  std::vector<Cell> totals;

  // How many rows stand there; only where a place can be filled and emptied row by row.
  struct Rows {
    std::uint64_t totals = 0, options = 0, units = 0, incidents = 0;
  };
  std::optional<Rows> rows;

  // Units heard from, of all of a contest; only where the place says it.
  struct Reporting {
    ContestId contest{};
    std::int64_t units = 0, of = 0;
    [[nodiscard]] bool operator==(const Reporting&) const = default;
  };
  std::vector<Reporting> reporting;

  // What the place says of units; only where it was asked for, and where it says it.
  struct Unit {
    UnitId unit{};
    std::optional<std::int64_t> cards;  // Of ballots; nothing where there are sheets, or nothing.
    std::int64_t sheets = 0;
    [[nodiscard]] bool operator==(const Unit&) const = default;
  };
  std::vector<Unit> units;

  // Of the last statement that it knows of; only where it keeps them.
  struct Stated {
    std::string statement, checkpoint;
  };
  std::optional<Stated> stated;
};

}  // namespace teller
