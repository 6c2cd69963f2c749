#include "deliver/standing_sheets.h"

#include <algorithm>

#include "base/check.h"
#include "log/segment.h"

namespace teller {
namespace {

bool counts_sheets(const Rules& rules) {
  return std::ranges::any_of(rules.contests, [](const Contest& contest) {
    return std::ranges::count(contest.counted_from, CountedFrom::sheets) > 0;
  });
}

}  // namespace

StandingSheets::StandingSheets(Definition definition) : definition_(definition) {}

Result<void> StandingSheets::catch_up(CountReader& store, Segments& segments) {
  if (!counts_sheets(*definition_.rules)) return {};
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  const auto steps = store.steps(commit_, head->commit);
  if (!steps) return std::unexpected(steps.error());
  for (const StepRow& step : *steps) {
    const auto segment = segments.get(step.partition, step.number, step.segment);
    if (!segment) return std::unexpected(segment.error());
    if (auto good = read(*segment); !good) return good;
  }
  commit_ = head->commit;
  return {};
}

Result<void> StandingSheets::read(ByteView bytes) {
  const auto segment = decode_segment(bytes, definition_.count->id);
  if (!segment) return std::unexpected(segment.error());
  Entry entry;
  for (const ByteView leaf : segment->leaves) {
    if (leaf.size() < 2 || leaf[1] != static_cast<std::uint8_t>(EntryKind::sheet)) continue;
    if (decode(leaf, *definition_.rules, definition_.count->id, entry)) {
      return fail(Remedy::stop, "segment.invalid", "it holds a sheet that cannot be read");
    }
    const auto* sheet = std::get_if<Sheet>(&entry.body);
    check(sheet != nullptr, "an entry of the kind sheet is one");
    sheets_[{sheet->unit, sheet->method, sheet->contest}].insert_or_assign(sheet->version, *sheet);
  }
  return {};
}

const Sheet* StandingSheets::find(const SheetKey& key) const {
  const auto found = sheets_.find(key);
  return found == sheets_.end() ? nullptr : &found->second.rbegin()->second;
}

const Sheet* StandingSheets::at(const SheetKey& key, std::uint32_t version) const {
  const auto found = sheets_.find(key);
  if (found == sheets_.end()) return nullptr;
  const auto sheet = found->second.find(version);
  return sheet == found->second.end() ? nullptr : &sheet->second;
}

}  // namespace teller
