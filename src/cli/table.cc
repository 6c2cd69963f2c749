#include "cli/table.h"

#include <algorithm>

#include "base/check.h"
#include "base/csv_text.h"
#include "cli/terminal_text.h"

namespace teller::cli {
namespace {

struct Column {
  std::size_t width = 0;
  bool right = false;
};

std::string line(const std::vector<std::string>& cells, const std::vector<Column>& columns) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string space(columns[i].width - width_of(cells[i]), ' ');
    text += i == 0 ? "" : "  ";
    text += columns[i].right ? space + cells[i] : cells[i] + space;
  }
  while (text.ends_with(' ')) text.pop_back();
  return text + "\n";
}

}  // namespace

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<Column> columns(head.size());
  std::vector<std::vector<std::string>> shown;
  const auto add = [&](const std::vector<std::string>& cells) {
    check(cells.size() <= columns.size(), "a row of a table has no more cells than its head");
    std::vector<std::string>& made = shown.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      made.push_back(printable_line(cells[i]));
      columns[i].width = std::max(columns[i].width, width_of(made.back()));
    }
  };
  std::vector<std::string> names = head;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns[i].right = names[i].ends_with('>');
    if (columns[i].right) names[i].pop_back();
  }
  add(names);
  for (const auto& row : rows) add(row);

  std::size_t width = columns.empty() ? 0 : 2 * (columns.size() - 1);
  for (const Column& column : columns) width += column.width;
  std::string text = line(shown.front(), columns);
  for (std::size_t i = 0; i < width; ++i) text += "─";
  text += "\n";
  for (std::size_t i = 1; i < shown.size(); ++i) text += line(shown[i], columns);
  return text;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string text;
  for (const std::string& cell : cells) {
    if (!text.empty() || &cell != &cells.front()) text += ',';
    text += csv_shown(cell);
  }
  return text + "\n";
}

}  // namespace teller::cli
