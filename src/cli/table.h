// Tables of a command's answer: for people (a table of text) and for spreadsheets (CSV).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace teller::cli {

// A table whose rows are met twice, first measured and then shown: it keeps none of them, so that
// a table of a million rows takes no memory. Columns whose name ends with ">" are aligned right.
// Widths are those of the terminal, so that CJK names line up; cells are made printable
// (terminal_text.h). A row has no more cells than the head.
class TableLines {
 public:
  explicit TableLines(std::vector<std::string> head);
  void measure(const std::vector<std::string>& cells);
  // head() gives two lines, row() one. To be called once every row was measured.
  [[nodiscard]] std::string head() const;
  [[nodiscard]] std::string row(const std::vector<std::string>& cells) const;

 private:
  struct Column {
    std::string name;
    std::size_t width = 0;
    bool right = false;
  };
  [[nodiscard]] std::string line(const std::vector<std::string>& printable) const;
  std::vector<Column> columns_;
};

// The whole of a small table.
[[nodiscard]] std::string table(const std::vector<std::string>& head,
                                const std::vector<std::vector<std::string>>& rows);
// One line of CSV (RFC 4180). Its cells are as they were: it is for a program.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace teller::cli
