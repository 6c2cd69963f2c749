#include "results/row_faults.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace teller {
namespace {

constexpr std::size_t faults_kept = 1'000;

}  // namespace

void refuse_row(ResultsTable& table, std::uint64_t line, Code code, std::string detail) {
  table.refused_lines.push_back(line);
  if (table.faults.size() < faults_kept) table.faults.push_back({line, code, std::move(detail)});
}

void settle_faults(ResultsTable& table) {
  std::sort(table.faults.begin(), table.faults.end(), [](const RowFault& a, const RowFault& b) {
    return std::tie(a.line, a.code, a.detail) < std::tie(b.line, b.code, b.detail);
  });
  auto& lines = table.refused_lines;
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

}  // namespace teller
