#include "deliver/delivery.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "verify/vote_law.h"

namespace teller {
std::string_view to_text(Became became) {
  switch (became) {
    case Became::fresh:
      return "new";
    case Became::updated:
      return "updated";
    case Became::corrected:
      return "corrected";
    case Became::withdrawn:
      return "withdrawn";
    case Became::unchanged:
      return "unchanged";
    case Became::stale:
      return "stale";
    case Became::refused:
      return "refused";
    case Became::held:
      return "held";
    case Became::waiting:
      return "waiting";
  }
  check(false, "a sheet of a delivery became one of these");
  return {};
}

std::uint64_t DeliveryReport::count_of(Became became) const {
  return static_cast<std::uint64_t>(std::ranges::count(sheets, became, &SheetReport::became));
}

bool DeliveryReport::all_stand() const {
  return count_of(Became::stale) + count_of(Became::refused) + count_of(Became::held) +
             count_of(Became::waiting) ==
         0;
}

std::string recorded_reason(const Delivery& delivery) {
  if (delivery.noted.empty()) return delivery.reason;
  return delivery.reason + (delivery.reason.empty() ? "" : "; ") + "left out: " + delivery.noted;
}

std::string against_cards(const Sheet& sheet, const Rules& rules) {
  std::vector<TotalRow> rows;
  for (const auto& [column, figure] : figures_of(sheet)) {
    TotalRow& row = rows.emplace_back();
    row.key = {sheet.contest, column, sheet.unit, sheet.method};
    row.total.value = figure.is_number() ? static_cast<std::int64_t>(figure.raw) : 0;
    row.total.known = figure.is_number() ? 1 : 0;
    row.total.withheld = figure.is_number() ? 0 : 1;
  }
  const VoteLaw law = against_vote_law(rules, rows);
  return law.wrong.empty() ? std::string() : law.wrong.front();
}

bool same_figures(const Sheet& a, const Sheet& b) { return figures_of(a) == figures_of(b); }

std::size_t smaller_figures(const Sheet& before, const Sheet& after) {
  std::size_t smaller = 0;
  const auto is = figures_of(after);
  for (const auto& [column, was] : figures_of(before)) {
    const auto now = std::ranges::find(is, column, &std::pair<std::uint16_t, Figure>::first);
    if (!was.is_number()) continue;
    const bool is_gone = now == is.end();
    if (is_gone || (now->second.is_number() && now->second.raw < was.raw)) ++smaller;
  }
  return smaller;
}

}  // namespace teller
