#include "deliver/delivery_sheets.h"

#include <string>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"
#include "count/sheets.h"

namespace teller {
namespace {

// As a delivery may say it: short, and without what a file's names may have in them.
std::string why_held(const RowFaults& table, std::uint64_t line) {
  constexpr std::size_t bytes_max = 400;
  if (line == 0) return {};
  for (std::string text : {table.fault_in_words(line), table.in_words(line)}) {
    if (text.size() > bytes_max) {
      std::size_t end = bytes_max;
      while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;  // Not within a character.
      text.resize(end);
    }
    if (is_clean_utf8(text)) return text;
  }
  return {};
}

}  // namespace

Result<std::vector<Sheet>> sheets_of(const BoundResults& bound, const Definition& definition) {
  std::vector<Sheet> sheets;
  Entry entry;
  const EntrySink sink = [&](ByteView bytes) -> Result<void> {
    check(!decode(bytes, *definition.rules, definition.count->id, entry),
          "what an import makes is good");
    sheets.push_back(std::move(std::get<Sheet>(entry.body)));
    return {};
  };
  // The order of a delivery's sheets means nothing, so no secret of the count is needed.
  const Bytes order(32);
  const auto made = write_sheets(bound, *definition.rules, definition.count->id, order, {}, sink);
  if (!made) return std::unexpected(made.error());
  return sheets;
}

std::vector<UnknownFigures> unknown_of(const BoundResults& bound,
                                       const std::vector<Sheet>& sheets) {
  std::vector<UnknownFigures> unknown;
  if (bound.unknown.empty()) return unknown;
  for (const Sheet& sheet : sheets) {
    const auto found = bound.unknown.find({sheet.unit, sheet.method, sheet.contest});
    if (found == bound.unknown.end()) continue;
    unknown.push_back({key_of(sheet), {found->second.begin(), found->second.end()}});
    for (const auto& [column, figure] : figures_of(sheet))
      std::erase(unknown.back().columns, column);
    if (unknown.back().columns.empty()) unknown.pop_back();
  }
  return unknown;
}

std::vector<HeldSheet> held_of(const BoundResults& bound, const RowFaults& table) {
  std::vector<HeldSheet> held;
  for (const auto& [sheet, line] : bound.held) {
    held.push_back(
        {.key = {sheet.unit, sheet.method, sheet.contest}, .why = why_held(table, line)});
  }
  return held;
}

}  // namespace teller
