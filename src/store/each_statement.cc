#include "store/each_statement.h"

#include <utility>

namespace teller {

Result<void> for_each_statement(StatementStore& store, std::uint64_t first,
                                const std::function<Result<void>(StatementRow)>& each,
                                std::uint64_t page) {
  for (;;) {
    auto rows = store.statements(first, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    first = rows->back().number + 1;
    for (StatementRow& row : *rows) {
      if (auto done = each(std::move(row)); !done) return done;
    }
  }
}

}  // namespace teller
