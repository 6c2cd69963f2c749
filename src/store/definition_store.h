// Port: what the store says of what is counted and how it is called (definition_rows.h).
//
// Adapters: those of store.h.
#pragma once

#include <functional>
#include <span>

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
};

}  // namespace teller
