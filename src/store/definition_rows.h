// The tables that say what is counted and how it is called, as the hashed files make them.
//
// One description for both databases: it is what create() writes, and what a store's rows are held
// against (definition_check.h). A name that is not in here is not bound to what was counted.
//
// Pure. Rows are ascending by key, as DefinitionStore::definition_rows() gives them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "election/presentation.h"
#include "election/rules.h"

namespace teller {

// NULL, a number (a boolean is 0 or 1, a time microseconds since 1970), or text (a hash as its bytes).
using DefinitionValue = std::variant<std::monostate, std::int64_t, std::string_view>;

struct DefinitionColumn {
  enum class Type : std::uint8_t { integer, bigint, boolean, text, bytes, time };
  std::string_view name;
  Type type = Type::text;
  std::uint8_t since = 1;  // Schema file that brought it: later ones are told by create() itself.
};

struct DefinitionTable {
  std::string_view name;
  std::size_t keys = 1;  // The first columns are its primary key.
  std::vector<DefinitionColumn> columns;
  // Made by schema or create() in their own ways: read, not written, by this description.
  bool only_read = false;
};

// In an order in which they can be written: each refers only to those before it.
[[nodiscard]] std::span<const DefinitionTable> definition_tables();

// `table`'s columns that tables of the schema `version` have.
[[nodiscard]] std::vector<DefinitionColumn> columns_since(const DefinitionTable& table,
                                                          std::size_t version);

// The same for who reads them. Errors: reject store.older (it has none: tables of that schema came
// later). A table that is missing although its schema has it is another matter, and no older store.
[[nodiscard]] Result<std::vector<DefinitionColumn>> columns_to_read(const DefinitionTable& table,
                                                                    std::size_t version);

// The names of the first `so_many` of them, as SQL lists them.
[[nodiscard]] std::string joined(std::span<const DefinitionColumn> columns, std::size_t so_many);

// All rows of a table, one behind the other, each as many values as it has columns. Views point
// into what was passed.
[[nodiscard]] std::vector<DefinitionValue> definition_rows(const DefinitionTable& table,
                                                           const Rules& rules,
                                                           const Presentation& presentation,
                                                           const CountFile& count);

}  // namespace teller
