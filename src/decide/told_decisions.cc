#include "decide/told_decisions.h"

#include <fmt/format.h>

#include "election/entry.h"

namespace teller {

Result<std::vector<ToldDecision>> told_decisions(const CountFile& count, CountReader& store,
                                                 std::uint64_t after_commit) {
  const auto rows = store.decisions(after_commit, 10'000);
  if (!rows) return std::unexpected(rows.error());
  std::vector<ToldDecision> told;
  for (const DecisionRow& row : *rows) {
    const auto read = read_control(row.entry, count.id);
    const Control* control = read ? std::get_if<Control>(&read->body) : nullptr;
    const auto target = control != nullptr ? control->target_id() : std::nullopt;
    const bool keeps = control != nullptr && control->action == Control::Action::keep;
    told.push_back({row.commit, row.action,
                    row.about_stage() ? fmt::format("partition {}", row.partition)
                    : target          ? (keeps ? "entry " : "ballot ") + to_text(*target)
                                      : std::string(),
                    row.officers, row.reason});
  }
  return told;
}

}  // namespace teller
