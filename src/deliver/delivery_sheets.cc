#include "deliver/delivery_sheets.h"

#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

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
    text.resize(cut_at_character(text, bytes_max).size());
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

std::string noted_of(const BoundResults& bound, const RowFaults& table) {
  constexpr std::size_t bytes_max = 900;
  std::set<std::uint64_t> held;
  for (const auto& [sheet, line] : bound.held) held.insert(line);
  std::string noted;
  const auto add = [&](const std::string& text) {
    if (is_clean_utf8(text)) noted += (noted.empty() ? "" : "; ") + text;
  };
  for (const std::string& text : table.left_out) add(text);
  for (const auto& [kind, group] : table.fault_groups) {
    const RowFault& first = group.examples.front();
    const std::uint64_t line = RowFaults::line_of(first.file, first.line);
    if (held.contains(line)) continue;
    add(table.fault_in_words(line) +
        (group.rows > 1 ? fmt::format(" (and {} rows more)", group.rows - 1) : ""));
  }
  noted.resize(cut_at_character(noted, bytes_max).size());
  return noted;
}

std::vector<SheetKey> of_last_line(const ResultsTable& table, const Rules& rules) {
  std::set<SheetKey> keys;
  for (const ResultsTable::Cell& cell : table.cells) {
    if (cell.line != table.last_line) continue;
    const auto unit = rules.find_unit(table.units[cell.unit].id);
    const auto method = rules.find_method(table.methods[cell.method].id);
    const auto contest = rules.find_contest(table.contests[cell.contest].id);
    if (unit && method && contest) keys.insert({*unit, *method, *contest});
  }
  return {keys.begin(), keys.end()};
}

std::vector<HeldSheet> held_of(const BoundResults& bound, const RowFaults& table,
                               const std::vector<Sheet>& sheets) {
  std::set<SheetKey> taken;
  for (const Sheet& sheet : sheets) taken.insert(key_of(sheet));
  std::vector<HeldSheet> held;
  for (const auto& [sheet, line] : bound.held) {
    if (taken.contains({sheet.unit, sheet.method, sheet.contest})) continue;
    held.push_back(
        {.key = {sheet.unit, sheet.method, sheet.contest}, .why = why_held(table, line)});
  }
  return held;
}

}  // namespace teller
