#include "count/sheets.h"

#include <algorithm>
#include <iterator>

namespace teller {
namespace {

Total total_of(Figure figure) {
  if (figure.is_number()) return {static_cast<std::int64_t>(figure.raw), 1, 0};
  return {0, 0, static_cast<std::int8_t>(figure.is_withheld() ? 1 : 0)};
}

}  // namespace

std::vector<FigureDecrease> decreases_of(const Sheet& sheet, const SheetState& before,
                                         const SheetState& after) {
  std::vector<FigureDecrease> decreases;
  if (sheet.act != Sheet::Act::update) return decreases;
  for (const auto& [column, was] : before.figures) {
    const auto is =
        std::ranges::find(after.figures, column, &std::pair<std::uint16_t, Figure>::first);
    if (was.is_number() && is != after.figures.end() && is->second.is_number() &&
        is->second.raw < was.raw) {
      decreases.push_back({TotalKey{sheet.contest, column, sheet.unit, sheet.method}, was.raw,
                           is->second.raw, sheet.reason});
    }
  }
  return decreases;
}

SheetKey key_of(const Sheet& sheet) { return {sheet.unit, sheet.method, sheet.contest}; }

std::vector<std::pair<std::uint16_t, Figure>> figures_of(const Sheet& sheet) {
  std::vector<std::pair<std::uint16_t, Figure>> figures;
  for (const auto& [option, figure] : sheet.votes) {
    figures.emplace_back(static_cast<std::uint16_t>(option.value), figure);
  }
  for (const auto& [column, member] : sheet_counters) {
    if (!(sheet.*member).is_unknown()) figures.emplace_back(column, sheet.*member);
  }
  return figures;
}

const SheetState* Sheets::find(const SheetKey& key, const Sheets* committed) const {
  if (const auto found = sheets_.find(key); found != sheets_.end()) return &found->second;
  return committed == nullptr ? nullptr : committed->find(key, nullptr);
}

void Sheets::take(const Sheet& sheet, const Sheets* committed) {
  const SheetState* before = find(key_of(sheet), committed);
  if (before != nullptr && sheet.version < before->version) return;
  sheets_.insert_or_assign(key_of(sheet), SheetState{sheet.version, figures_of(sheet)});
}

void Sheets::count(const Sheet& sheet, const Sheets* committed, TotalChanges& totals,
                   std::vector<FigureDecrease>& decreases) {
  const SheetState* before = find(key_of(sheet), committed);
  if (before != nullptr && sheet.version < before->version) return;  // Stale: a leaf, no change.
  SheetState after{sheet.version, figures_of(sheet)};
  const auto total_at = [&](std::uint16_t column) -> Total& {
    return totals.at({sheet.contest, column, sheet.unit, sheet.method});
  };
  const bool reported = before != nullptr && before->reports();
  totals.add({whole_unit, slot::sheets, sheet.unit, sheet.method},
             std::int64_t{after.reports()} - std::int64_t{reported});
  if (before != nullptr) {
    for (const auto& [column, figure] : before->figures) total_at(column) -= total_of(figure);
    std::ranges::move(decreases_of(sheet, *before, after), std::back_inserter(decreases));
  }
  for (const auto& [column, figure] : after.figures) total_at(column) += total_of(figure);
  sheets_.insert_or_assign(key_of(sheet), std::move(after));
}

void Sheets::adopt(Sheets&& above) {
  for (auto& [key, sheet] : above.sheets_) sheets_.insert_or_assign(key, std::move(sheet));
}

}  // namespace teller
