#include "cli/table.h"

#include <algorithm>

#include "base/check.h"
#include "base/csv_text.h"
#include "cli/terminal_text.h"

namespace teller::cli {
TableLines::TableLines(std::vector<std::string> head) {
  for (std::string& name : head) {
    Column& column = columns_.emplace_back();
    column.right = name.ends_with('>');
    if (column.right) name.pop_back();
    column.name = printable_line(name);
    column.width = width_of(column.name);
  }
}

void TableLines::measure(const std::vector<std::string>& cells) {
  check(cells.size() <= columns_.size(), "a row of a table has no more cells than its head");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    columns_[i].width = std::max(columns_[i].width, width_of(printable_line(cells[i])));
  }
}

std::string TableLines::head() const {
  std::vector<std::string> names;
  std::size_t width = columns_.empty() ? 0 : 2 * (columns_.size() - 1);
  for (const Column& column : columns_) {
    names.push_back(column.name);
    width += column.width;
  }
  std::string text = line(names);
  for (std::size_t i = 0; i < width; ++i) text += "─";
  return text + "\n";
}

std::string TableLines::row(const std::vector<std::string>& cells) const {
  std::vector<std::string> printable;
  printable.reserve(cells.size());
  for (const std::string& cell : cells) printable.push_back(printable_line(cell));
  return line(printable);
}

std::string TableLines::line(const std::vector<std::string>& printable) const {
  std::string text;
  for (std::size_t i = 0; i < printable.size(); ++i) {
    const std::size_t width = width_of(printable[i]);
    check(width <= columns_[i].width, "a row that is shown was measured");
    const std::string space(columns_[i].width - width, ' ');
    text += i == 0 ? "" : "  ";
    text += columns_[i].right ? space + printable[i] : printable[i] + space;
  }
  while (text.ends_with(' ')) text.pop_back();
  return text + "\n";
}

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  TableLines lines(head);
  for (const auto& row : rows) lines.measure(row);
  std::string text = lines.head();
  for (const auto& row : rows) text += lines.row(row);
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
