// Tables of a command's answer: for people (a table of text) and for spreadsheets (CSV).
#pragma once

#include <string>
#include <vector>

namespace teller::cli {

// A table with a line under its head; columns whose name ends with ">" are aligned right. Widths
// are those of the terminal, so that CJK names line up; cells are made printable
// (terminal_text.h). A row has no more cells than the head.
[[nodiscard]] std::string table(const std::vector<std::string>& head,
                                const std::vector<std::vector<std::string>>& rows);
// One line of CSV (RFC 4180). Its cells are as they were: it is for a program.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace teller::cli
