// Rules of three small tables, as people type them: contests, options and units, one row each
// (docs/reference/rules-tables.md). What a cell leaves open has a default; what is wrong is told with
// file, line and column, all of it at once.
//
// The same tables give the same bytes. An id is the name of its thing (a unit's stands behind its
// parent's, unit_id.h) unless a column `id` gives another; two things never get one id.
//
// Called by src/cli/rules.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/rules.h"

namespace teller {

struct RulesTables {
  std::string workbook;                  // With the sheets contests, options and units, or
  std::string contests, options, units;  // a file each.
};

// What no table says.
struct RulesHead {
  std::string election, date, time_zone;
  std::vector<std::string> methods;  // Their names; empty: one, All.
  CountedFrom counted_from = CountedFrom::ballots;
};

struct MadeRules {
  std::string text;                // A rules.json. Whether it is good, Rules::parse() says.
  std::vector<std::string> notes;  // What was settled by a default and may not be meant.
};

// Errors: reject rules.table_invalid with every fault on a line of its own; those of TypedTable.
[[nodiscard]] Result<MadeRules> rules_of_tables(const RulesTables& tables, const RulesHead& head);

// The id of what is called so: the name, or of a long one its beginning and a part of its hash, so that
// two names never have one id.
[[nodiscard]] std::string id_of_name(std::string_view name);

}  // namespace teller
