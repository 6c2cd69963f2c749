#include "store/each_decision.h"

#include "store/pages.h"

namespace teller {

Result<void> for_each_decision(CountReader& store, std::uint64_t after_commit,
                               const std::function<bool(const DecisionRow&)>& each) {
  constexpr std::uint64_t page = 10'000;
  for (;;) {
    const auto rows = store.decisions(after_commit, page);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    const auto next = behind_page(
        "decisions", after_commit + 1, *rows, [](const DecisionRow& row) { return row.commit; },
        true);
    if (!next) return std::unexpected(next.error());
    after_commit = *next - 1;
    for (const DecisionRow& row : *rows) {
      if (!each(row)) return {};
    }
  }
}

}  // namespace teller
