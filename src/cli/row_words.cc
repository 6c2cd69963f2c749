#include "cli/row_words.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "cli/terminal_text.h"
#include "results/held_sheets.h"

namespace teller::cli {
namespace {

// "results.csv:3: votes "1,346" has a separator ..."
std::string said_of(const RowFault& fault, const RowFaults& table) {
  std::string text =
      fmt::format("{}:{}: {}: ", table.files[fault.file], fault.line, fault.code.text());
  if (!fault.column.empty()) text += fault.column + " ";
  if (!fault.found.empty()) text += fault.found + " ";
  if (!fault.found.empty() && fault.column.empty()) text += "— ";
  return printable_line(text + fault.detail);
}

}  // namespace

void say_faults(const RowFaults& table, std::FILE* to) {
  std::vector<const FaultGroup*> groups;
  for (const auto& [kind, group] : table.fault_groups) groups.push_back(&group);
  std::sort(groups.begin(), groups.end(), [](const FaultGroup* a, const FaultGroup* b) {
    const RowFault &first = a->examples.front(), &second = b->examples.front();
    return std::pair(first.file, first.line) < std::pair(second.file, second.line);
  });
  for (const FaultGroup* const group : groups) {
    for (const RowFault& fault : group->examples) fmt::print(to, "{}\n", said_of(fault, table));
    if (group->rows > group->examples.size()) {
      fmt::print(to, "… and the same fault in {} more; --json lists up to 1,000\n",
                 grouped(group->rows - group->examples.size()));
    }
  }
}

nlohmann::ordered_json rows_json(const RowFaults& table) {
  nlohmann::ordered_json all{{"rows",
                              {{"read", table.rows_read},
                               {"refused", table.rows_refused()},
                               {"passed_over", table.rows_passed_over}}},
                             {"notes", table.notes},
                             {"faults", nlohmann::ordered_json::array()}};
  for (const RowFault& fault : table.faults) {
    nlohmann::ordered_json item{
        {"line", fault.line}, {"code", std::string(fault.code)}, {"detail", fault.detail}};
    if (table.files.size() > 1) item["file"] = table.files[fault.file];
    if (!fault.column.empty()) item["column"] = fault.column;
    if (!fault.found.empty()) item["found"] = fault.found;
    all["faults"].push_back(std::move(item));
  }
  return all;
}

void say_held(const BoundResults& bound, const Rules& rules, bool partial, std::FILE* to) {
  if (bound.held.empty()) return;
  constexpr std::size_t shown_max = 20;
  std::size_t number = 0;
  for (const auto& [sheet, line] : bound.held) {
    if (++number > shown_max) break;
    fmt::print(to, "held: {}\n",
               printable_line(fmt::format("{} · {} · {}", rules.units[sheet.unit.value].id,
                                          rules.contest(sheet.contest).id,
                                          rules.methods[sheet.method.value].id)));
  }
  if (bound.held.size() > shown_max)
    fmt::print(to, "held: {} more; --json lists all\n", grouped(bound.held.size() - shown_max));
  fmt::print(to, "{}\n",
             partial
                 ? "A row of these was refused, and --partial takes the rest of them: the figures "
                   "of such a row are unknown. A sheet of which nothing is left waits."
                 : "A row of these was refused, or may have been, and half a sheet is no result: "
                   "they are not written. Mend the rows and import the file again.");
}

nlohmann::ordered_json held_json(const BoundResults& bound, const Rules& rules,
                                 const RowFaults& table) {
  auto held = nlohmann::ordered_json::array();
  for (const auto& [sheet, line] : bound.held) {
    held.push_back({{"unit", rules.units[sheet.unit.value].id},
                    {"contest", rules.contest(sheet.contest).id},
                    {"method", rules.methods[sheet.method.value].id},
                    {"why", line > 0 ? table.fault_in_words(line) : ""}});
  }
  return held;
}

namespace {

std::string lack_in_words(const ResultsTable& table, const LackingSheet& sheet) {
  const auto& contest = table.contests[sheet.contest];
  return fmt::format("{} · {} · {}: no row for {}, which {} of {} sheets of this contest have ({})",
                     table.units[sheet.unit].id, contest.id, table.methods[sheet.method].id,
                     contest.options[sheet.option].id, grouped(sheet.have), grouped(sheet.of),
                     table.in_words(sheet.line));
}

}  // namespace

void note_idle(ResultsTable& table) {
  if (table.idle_keys.empty() || table.unused_allowed) return;
  table.notes.push_back(fmt::format("the mapping allows what no row of the file needed: {}",
                                    fmt::join(table.idle_keys, ", ")));
}

void say_lacking(const ResultsTable& table, std::FILE* to) {
  constexpr std::size_t shown_max = 20;
  const auto lacking = lacking_sheets(table);
  for (std::size_t i = 0; i < std::min(lacking.size(), shown_max); ++i)
    fmt::print(to, "lacks a row: {}\n", printable_line(lack_in_words(table, lacking[i])));
  if (lacking.size() > shown_max)
    fmt::print(to, "lacks a row: {} more; --json lists all\n", grouped(lacking.size() - shown_max));
  if (!lacking.empty()) {
    fmt::print(to,
               "A delivery holds {} where nothing stands of it yet: mend the file, take it with "
               "--partial (what is missing is unknown), or, where a row that is left out is 0, say "
               "missing_rows = \"zero\" in [votes].\n",
               lacking.size() == 1 ? "such a sheet" : "each of these");
  }
}

nlohmann::ordered_json lacking_json(const ResultsTable& table) {
  auto all = nlohmann::ordered_json::array();
  for (const LackingSheet& sheet : lacking_sheets(table)) {
    const auto& contest = table.contests[sheet.contest];
    all.push_back({{"unit", table.units[sheet.unit].id},
                   {"contest", contest.id},
                   {"method", table.methods[sheet.method].id},
                   {"option", contest.options[sheet.option].id},
                   {"have", sheet.have},
                   {"of", sheet.of}});
  }
  return all;
}

}  // namespace teller::cli
