#include "results/fill_down.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tables/unicode.h"

namespace teller {

Result<FillDown> FillDown::open(const Mapping& mapping, const std::vector<std::string>& header) {
  FillDown made;
  for (const std::string& name : mapping.fill_down) {
    const std::size_t found = place_of_column(header, name);
    if (found == header.size()) {
      return fail(Remedy::reject, "import.column_missing",
                  fmt::format("{}: [csv] fill_down names a column {} that the file has not; it has "
                              "{}",
                              mapping.name, name, fmt::join(header, ", ")));
    }
    Column& column = made.columns_.emplace_back();
    column.name = name;
    column.at = found;
    for (std::size_t level = mapping.units.size(); level-- > 0;) {
      const auto names = mapping.units[level].id.columns();
      if (std::ranges::find(names, name) != names.end()) column.level = level;
    }
  }
  std::ranges::sort(made.columns_, {},
                    [](const Column& column) { return std::pair(column.level, column.at); });
  return made;
}

void FillDown::fill(std::vector<std::string_view>& fields) {
  for (Column& column : columns_) {
    if (column.at >= fields.size()) continue;
    const std::string_view said = trimmed(fields[column.at]);
    if (said.empty()) {
      if (column.meant.empty()) continue;
      fields[column.at] = column.meant;
      column.was_filled = true;
    } else if (said != column.meant) {
      column.meant = said;
      if (column.level == no_level) continue;
      for (Column& below : columns_) {
        if (below.level != no_level && below.level > column.level) below.meant.clear();
      }
    }
  }
}

std::vector<std::string> FillDown::filled() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) {
    if (column.was_filled) names.push_back(column.name);
  }
  return names;
}

}  // namespace teller
