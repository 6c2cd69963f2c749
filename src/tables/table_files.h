// The tables in a file as people have it: a CSV in any packing is one, a zip of CSV files holds
// several, a workbook has one on each of its sheets, of which one, several or all are read, and JSON is
// made one.
//
// Called by whatever in this room reads a table. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tables/csv.h"
#include "tables/json_table.h"
#include "tables/reader.h"
#include "tables/spreadsheet.h"

namespace teller {

class TableFiles {
 public:
  // As a name of a sheet: all of them. No sheet can be called so.
  static constexpr std::string_view all_sheets = "*";
  // `path` as of Reader::open(); `sheets`: of a workbook, by their names; empty where it has only one.
  // Errors: reject file.member_unknown, file.too_large; as of Reader and json_as_csv().
  [[nodiscard]] static Result<TableFiles> list(const std::string& path,
                                               const std::vector<std::string>& sheets,
                                               const JsonForm& json = {});
  // Where one table is wanted. Errors: also reject file.member_unknown (a zip of several).
  [[nodiscard]] static Result<TableFiles> list_one(const std::string& path,
                                                   const std::string& sheet,
                                                   const JsonForm& json = {});

  // The sheets of a workbook; none for any other file. Errors: as of list().
  [[nodiscard]] static Result<std::vector<std::string>> sheets(const std::string& path);

  // As messages name them.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // What was passed over in a zip; mostly empty.
  [[nodiscard]] const std::string& note() const { return note_; }
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }
  // Whether what is called so is mostly a table, or holds one: a workbook, a packed file, JSON.
  [[nodiscard]] static bool may_hold_a_table(std::string_view name);
  [[nodiscard]] bool is_spreadsheet() const { return kind_ != SpreadsheetKind::none; }
  // Whether it is bytes that can be read again and cut in another way.
  [[nodiscard]] bool can_be_cut_otherwise() const {
    return !is_spreadsheet() && !text_ && path_ != "-";
  }
  // Of the table at `place`: what its file is called, without folder and ending ("rill" of
  // "in/rill.csv.gz"), and its sheet of a workbook; both may be empty.
  [[nodiscard]] std::string file_title(std::size_t place) const;
  [[nodiscard]] std::string sheet(std::size_t place) const;

  // As form.delimiter: each line is one field, also of what was made CSV here.
  static constexpr char whole_lines = '\x1F';
  // A reader of the table at `place`. Errors: as of list().
  [[nodiscard]] Result<CsvReader> open(std::size_t place, CsvForm form);
  // One that was passed over: a sheet, or a member as if it were CSV. Errors: as of list().
  [[nodiscard]] Result<CsvReader> open_left_out(std::size_t place, CsvForm form);

 private:
  void list_zip(std::vector<std::string> members);
  [[nodiscard]] Result<void> list_sheets(const std::vector<std::string>& wanted);
  [[nodiscard]] Result<CsvReader> open_sheet(const std::string& sheet, CsvForm form);
  [[nodiscard]] CsvReader open_text(CsvForm form) const;

  std::string path_, note_;
  std::vector<std::string> left_out_;
  std::vector<std::string> names_, members_;  // members_ is empty for a file that is one table.
  std::optional<std::string> text_;           // Of JSON or of the sheet text_of_, as CSV.
  std::string text_of_;
  SpreadsheetKind kind_ = SpreadsheetKind::none;  // Then members_ are its sheets.
  Reader::Growth growth_ = Reader::new_growth();  // Of all tables together.
};

}  // namespace teller
