// All statements of a store from one on, however many there are: a loop over the pages that the port gives. Only who
// stops somewhere before the last one reads pages himself.
#pragma once

#include <cstdint>
#include <functional>

#include "store/statement_store.h"

namespace teller {

constexpr std::uint64_t statements_a_page = 1'000;

// Calls `each` for every statement from `first` on, by number. Ends with the first error that `each`
// gives.
//
// Errors: those of StatementStore::statements and of `each`; what was read before has been passed on.
[[nodiscard]] Result<void> for_each_statement(StatementStore& store, std::uint64_t first,
                                              const std::function<Result<void>(StatementRow)>& each,
                                              std::uint64_t page = statements_a_page);

}  // namespace teller
