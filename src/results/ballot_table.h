// Ballots of a table that people typed, one row a paper ballot (or one of its cards): CSV in any packing,
// or a sheet of XLSX or ODS, through a mapping of kind "ballots".
//
// A row that is wrong is a fault with its line and column and stops no other; of two rows that are the
// same card of one number neither is taken. Memory grows with the rows. Called by
// src/cli/import_ballots.cc.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "results/ballot_maker.h"
#include "results/ballot_mapping.h"
#include "results/import.h"
#include "tables/csv.h"

namespace teller {

struct BallotsRead : RowFaults {
  std::vector<MadeBallot> ballots;  // By id, which says nothing of the rows' order.
};

// Errors: reject import.column_missing, import.column_repeated, import.contest_unknown,
// import.option_unknown (of the mapping), file.damaged (empty); as of TableFiles.
[[nodiscard]] Result<BallotsRead> read_ballots(const std::string& path, BallotMapping mapping,
                                               const Rules& rules, BallotMaker& maker);
// The same of a table that is open already.
[[nodiscard]] Result<BallotsRead> read_ballots(CsvReader& csv, const std::string& name,
                                               BallotMapping mapping, const Rules& rules,
                                               BallotMaker& maker);

}  // namespace teller
