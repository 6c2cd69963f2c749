// Port: what the store says of what is counted and how it is called (definition_rows.h), and what it is made of.
//
// Adapters: those of store.h.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/error.h"
#include "store/definition_rows.h"

namespace teller {

class DefinitionStore {
 public:
  virtual ~DefinitionStore() = default;

  // Calls `row` with each row of `table`, ascending by its key. Columns that the tables of an older
  // program do not have are left out at the end. `row` must not call the store.
  // Errors: those of CountStore; reject store.older (it was made without this table).
  [[nodiscard]] virtual Result<void> definition_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) = 0;

  // Holds what the store is made of against what this program makes: every table, view, index and
  // trigger by its text, every cell by the type of its column where the database does not hold
  // that by itself. Calls `found` with what is otherwise, by name; gives how much it has looked at.
  // Errors: those of CountStore.
  [[nodiscard]] virtual Result<std::uint64_t> check_made(
      const std::function<void(std::string)>& found) = 0;
};

}  // namespace teller
