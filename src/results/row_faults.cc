#include "results/row_faults.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace teller {
namespace {

constexpr std::size_t faults_kept = 1'000;
constexpr std::size_t examples_kept = 3;
constexpr std::size_t groups_kept = 200;

// What is said of a column is the same for every row; what is said of a row may name its things.
std::string kind_of(const RowFault& fault) {
  std::string kind(fault.code.text());
  if (!fault.column.empty()) kind += "\n" + fault.column + "\n" + fault.detail;
  return kind;
}

}  // namespace

std::string RowFaults::in_words(std::uint64_t line) const {
  const std::size_t file = line >> line_bits;
  const std::uint64_t number = line & ((std::uint64_t{1} << line_bits) - 1);
  return files.size() > 1 ? fmt::format("line {} of {}", number, files[file])
                          : fmt::format("line {}", number);
}

std::string RowFaults::fault_in_words(std::uint64_t line) const {
  const auto found = std::find_if(faults.begin(), faults.end(), [&](const RowFault& fault) {
    return line_of(fault.file, fault.line) == line;
  });
  if (found == faults.end()) return in_words(line);
  std::string text = in_words(line) + ":";
  if (!found->column.empty()) text += " " + found->column;
  if (!found->found.empty()) text += " " + found->found;
  return text + " " + found->detail;
}

void refuse_row(RowFaults& table, RowFault fault) {
  table.refused_lines.push_back(fault.line);
  fault.file = fault.line >> RowFaults::line_bits;
  fault.line &= (std::uint64_t{1} << RowFaults::line_bits) - 1;
  auto& groups = table.fault_groups;
  std::string kind = kind_of(fault);
  if (groups.size() >= groups_kept && !groups.contains(kind)) kind = fault.code.text();
  FaultGroup& group = groups[kind];
  ++group.rows;
  if (group.examples.size() < examples_kept) group.examples.push_back(fault);
  if (table.faults.size() < faults_kept) table.faults.push_back(std::move(fault));
}

void settle_faults(RowFaults& table) {
  std::sort(table.faults.begin(), table.faults.end(), [](const RowFault& a, const RowFault& b) {
    return std::tie(a.file, a.line, a.code, a.column, a.detail) <
           std::tie(b.file, b.line, b.code, b.column, b.detail);
  });
  auto& lines = table.refused_lines;
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

}  // namespace teller
