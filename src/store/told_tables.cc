#include "store/told_tables.h"

namespace teller {

using Type = DefinitionColumn::Type;

const DefinitionTable& incidents_table() {
  static const DefinitionTable table{"incidents",
                                     3,
                                     {{"partition", Type::integer},
                                      {"position", Type::bigint},
                                      {"place", Type::integer},
                                      {"outcome"},
                                      {"reason"},
                                      {"entry_id", Type::bytes},
                                      {"leaf", Type::bytes},
                                      {"counted_leaf", Type::bytes},
                                      {"commit_number", Type::bigint}},
                                     true};
  return table;
}

const DefinitionTable& steps_table() {
  static const DefinitionTable table{
      "steps",
      2,
      {{"partition", Type::integer}, {"step", Type::bigint}, {"commit_number", Type::bigint}},
      true};
  return table;
}

const DefinitionTable& falls_table() {
  static const DefinitionTable table{"falls",
                                     3,
                                     {{"partition", Type::integer},
                                      {"step", Type::bigint},
                                      {"place", Type::integer},
                                      {"commit_number", Type::bigint},
                                      {"contest", Type::integer},
                                      {"slot", Type::integer},
                                      {"unit", Type::integer},
                                      {"method", Type::integer},
                                      {"before_value", Type::bigint},
                                      {"after_value", Type::bigint},
                                      {"reason"}},
                                     true};
  return table;
}

const DefinitionTable& decisions_table() {
  static const DefinitionTable table{"decisions",
                                     3,
                                     {{"partition", Type::integer, 10},
                                      {"step", Type::bigint, 10},
                                      {"place", Type::integer, 10},
                                      {"commit_number", Type::bigint, 10},
                                      {"action", Type::text, 10},
                                      {"number", Type::bigint, 10},
                                      {"reason", Type::text, 10},
                                      {"officers", Type::text, 10},
                                      {"statement", Type::bigint, 10},
                                      {"entry", Type::bytes, 10}},
                                     true};
  return table;
}

const DefinitionTable& timeline_table() {
  static const DefinitionTable table{"timeline",
                                     3,
                                     {{"commit_number", Type::bigint},
                                      {"contest", Type::integer},
                                      {"slot", Type::integer},
                                      {"at", Type::time},
                                      {"value", Type::bigint},
                                      {"how", Type::text, 5}},
                                     true};
  return table;
}

const DefinitionTable& replays_table() {
  static const DefinitionTable table{"replays",
                                     3,
                                     {{"as_partition", Type::integer, 2},
                                      {"as_position", Type::bigint, 2},
                                      {"as_place", Type::integer, 2},
                                      {"partition", Type::integer, 2},
                                      {"position", Type::bigint, 2},
                                      {"place", Type::integer, 2},
                                      {"audit_number", Type::bigint, 2}},
                                     true};
  return table;
}

}  // namespace teller
