#include "store/each_statement.h"

#include <utility>

#include "store/pages.h"

namespace teller {

Result<void> for_each_statement(StatementStore& store, std::uint64_t first,
                                const std::function<Result<void>(StatementRow)>& each,
                                std::uint64_t page) {
  for (;;) {
    auto rows = store.statements(first, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    const auto next =
        behind_page("statements", first, *rows, [](const StatementRow& row) { return row.number; });
    if (!next) return std::unexpected(next.error());
    first = *next;
    for (StatementRow& row : *rows) {
      if (auto done = each(std::move(row)); !done) return done;
    }
  }
}

}  // namespace teller
