#include "setup/typed_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "base/utf8.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr std::size_t faults_told = 20;

// As the names of columns are compared.
std::string plain(std::string_view name) {
  std::string out = ascii_lower(cleaned(name));
  std::ranges::replace_if(out, [](char c) { return c == '_' || c == '-'; }, ' ');
  return out;
}

std::string cell_of(std::string_view field) {
  std::string text(field);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return cleaned(text);
}

// A sheet of a workbook may be called as we call it, or with a capital.
Result<TableFiles> find_table(const std::string& path, const std::string& sheet) {
  auto files = TableFiles::list_one(path, sheet);
  if (!files && !sheet.empty()) {
    std::string capital = sheet;
    capital.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(sheet.front())));
    if (auto second = TableFiles::list_one(path, capital)) files = std::move(second);
  }
  if (!files) return files;
  if (!sheet.empty() && !files->is_spreadsheet()) {
    if (auto opened = files->open(0, {}); !opened) return std::unexpected(opened.error());
    return fail(Remedy::reject, "file.member_unknown",
                path + ": is no workbook (XLSX or ODS) with sheets; give CSV files one by one");
  }
  if (!files->note().empty()) {
    return fail(Remedy::reject, "file.member_unknown",
                files->note() + "; name the table that is meant");
  }
  return files;
}

// What stands between the fields of a header that came as one; 0: nothing does.
char other_delimiter(const CsvRow& head) {
  if (head.fields.size() != 1) return 0;
  for (const char c : {';', '\t'}) {
    if (head.fields.front().find(c) != std::string_view::npos) return c;
  }
  return 0;
}

const std::string nothing;

}  // namespace

void TableFaults::add(std::string line) {
  if (++faults_ <= faults_told) lines_.push_back(std::move(line));
}

Error TableFaults::error(Code code) const {
  std::string detail = fmt::format("{}", fmt::join(lines_, "\n"));
  if (faults_ > lines_.size())
    detail += fmt::format("\nand {} more", grouped(faults_ - lines_.size()));
  return {Remedy::reject, code, std::move(detail)};
}

Result<TypedTable> TypedTable::read(const std::string& path, const std::string& sheet,
                                    std::span<const Column> columns, TableFaults& faults) {
  TypedTable table;
  table.name_ = sheet.empty() ? path : path + ":" + sheet;
  auto files = find_table(path, sheet);
  if (!files) return std::unexpected(files.error());
  CsvForm form;
  for (int attempt = 0;; ++attempt) {
    auto csv = files->open(0, form);
    if (!csv) return std::unexpected(csv.error());
    CsvRow head;
    const auto first = csv->next(head);
    if (!first) {
      Error error = first.error();
      error.detail = table.name_ + ": " + error.detail;
      return std::unexpected(std::move(error));
    }
    if (!*first) return fail(Remedy::reject, "file.damaged", table.name_ + ": has no rows at all");
    if (const char other = other_delimiter(head); other != 0 && attempt == 0) {
      form.delimiter = other;
      continue;
    }
    table.find_columns(columns, head, faults);
    if (auto read = table.read_rows(*csv, faults); !read) return std::unexpected(read.error());
    return table;
  }
}

void TypedTable::find_columns(std::span<const Column> columns, const CsvRow& head,
                              TableFaults& faults) {
  at_.assign(columns.size(), -1);
  names_.resize(columns.size());
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    known.push_back(columns[i].name);
    names_[i] = columns[i].name;
  }
  for (std::size_t place = 0; place < head.fields.size(); ++place) {
    const std::string name = plain(head.fields[place]);
    if (name.empty()) {
      nameless_.push_back(place);
      continue;
    }
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
      return column.name == name ||
             std::find(column.also.begin(), column.also.end(), name) != column.also.end();
    });
    if (found == columns.end()) {
      faults.add(fmt::format("{}:{}: column {} is not known; the columns of this table are: {}",
                             name_, head.line, shown(head.fields[place]), fmt::join(known, ", ")));
      continue;
    }
    const auto column = static_cast<std::size_t>(found - columns.begin());
    if (at_[column] >= 0) {
      faults.add(fmt::format("{}:{}: column {} says the same as {}; leave one of them out", name_,
                             head.line, shown(head.fields[place]), shown(names_[column])));
    }
    at_[column] = static_cast<std::int64_t>(place);
    names_[column] = cleaned(head.fields[place]);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].needed && at_[i] < 0) {
      faults.add(fmt::format("{}:{}: has no column \"{}\"", name_, head.line, columns[i].name));
      is_whole_ = false;
    }
  }
}

Result<void> TypedTable::read_rows(CsvReader& csv, TableFaults& faults) {
  CsvRow row;
  for (;;) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (!more) {
      // "line 7: a quote …": the line stands in front already.
      is_whole_ = false;
      const std::string& detail = more.error().detail;
      faults.add(fmt::format("{}:{}: {}", name_, row.line, detail.substr(detail.find(": ") + 2)));
      continue;
    }
    if (!*more) return {};
    Row& made = rows_.emplace_back(Row{row.line, {}});
    for (const std::string_view field : row.fields) made.cells.push_back(cell_of(field));
    for (const std::size_t place : nameless_) {
      if (made.cells[place].empty()) continue;
      faults.add(fmt::format("{}:{}: {} stands in column {}, which has no name in the first row",
                             name_, row.line, shown(made.cells[place]), place + 1));
    }
  }
}

const std::string& TypedTable::text(std::size_t row, std::size_t column) const {
  return at_[column] < 0 ? nothing : rows_[row].cells[static_cast<std::size_t>(at_[column])];
}

std::vector<std::string> TypedTable::texts(std::size_t row, std::size_t column) const {
  std::vector<std::string> found;
  std::string_view left = text(row, column);
  while (!left.empty()) {
    const std::size_t end = left.find(';');
    if (std::string part = cleaned(left.substr(0, end)); !part.empty())
      found.push_back(std::move(part));
    left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
  }
  return found;
}

std::string TypedTable::place(std::size_t row) const {
  return fmt::format("{}:{}", name_, rows_[row].line);
}

void TypedTable::fault(std::size_t row, std::size_t column, std::string_view what,
                       TableFaults& faults) const {
  const std::string& found = text(row, column);
  faults.add(fmt::format("{}: {} {}: {}", place(row), names_[column],
                         found.empty() ? "is empty" : shown(found), what));
}

}  // namespace teller
