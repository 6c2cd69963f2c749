// The tables in a file as people have it: a CSV in any packing is one, a zip of CSV files holds
// several, a workbook has one on each of its sheets, of which one, several or all are read, and JSON is
// made one.
//
// Called by whatever in this room reads a table. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
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

// "row 5 is", "rows 5, 7 and 2 more are", before what is said of them.
[[nodiscard]] std::string these_are(std::string_view what, const std::vector<std::size_t>& places);

class TableFiles {
 public:
  // As a name of a sheet: all of them. No sheet can be called so.
  static constexpr std::string_view all_sheets = "*";
  // Of a workbook: which of its sheets are meant, and what becomes of what a person who opens it does not see. A hidden
  // sheet that is named is meant.
  struct Wanted {
    enum class Hidden { ask, read, leave_out };
    std::vector<std::string> sheets = {};  // By their names; empty where it has only one.
    Hidden hidden = Hidden::ask;
  };
  // What whoever is asked may write in a mapping.
  static constexpr std::string_view ask_hidden =
      "Whether they are meant only a person can say: with hidden = \"read\" or hidden = "
      "\"leave_out\" in [csv]";
  // `path` as of Reader::open().
  // Errors: reject file.member_unknown (also: hidden sheets of which nobody said what they are), file.too_large; as of
  // Reader and json_as_csv().
  [[nodiscard]] static Result<TableFiles> list(const std::string& path, const Wanted& wanted,
                                               const JsonForm& json = {});
  // Where one table is wanted.
  // Errors: also reject file.member_unknown (a zip of several; a sheet with hidden rows that have numbers).
  [[nodiscard]] static Result<TableFiles> list_one(const std::string& path, const Wanted& wanted,
                                                   const JsonForm& json = {});
  [[nodiscard]] static Result<TableFiles> list_one(const std::string& path,
                                                   const std::string& sheet);

  // The sheets of a workbook; none for any other file.
  [[nodiscard]] std::vector<Workbook::Sheet> sheets() const;
  // One of names() alone.
  [[nodiscard]] TableFiles only(std::size_t place) const;
  // What is hidden in the sheet that was opened last.
  [[nodiscard]] const std::vector<std::size_t>& hidden_rows() const { return hidden_rows_; }
  [[nodiscard]] const std::vector<std::size_t>& hidden_columns() const { return hidden_columns_; }
  // Sheets that are hidden, where all are wanted.
  [[nodiscard]] const std::vector<std::string>& hidden_sheets() const { return hidden_sheets_; }

  // As messages name them.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // What was passed over in a zip; mostly empty.
  [[nodiscard]] const std::string& note() const { return note_; }
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }
  // Whether what is called so is mostly a table, or holds one: a workbook, a packed file, JSON.
  [[nodiscard]] static bool may_hold_a_table(std::string_view name);
  [[nodiscard]] bool is_spreadsheet() const { return kind_ != SpreadsheetKind::none; }
  [[nodiscard]] bool is_json() const { return text_.has_value(); }
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
  [[nodiscard]] Result<void> list_sheets(const Wanted& wanted);
  [[nodiscard]] Result<CsvReader> open_sheet(const std::string& sheet, CsvForm form);
  [[nodiscard]] static CsvReader open_text(const std::string& text, CsvForm form);

  std::string path_, note_;
  std::vector<std::string> left_out_, hidden_sheets_;
  std::vector<std::string> names_, members_;  // members_ is empty for a file that is one table.
  std::optional<std::string> text_;           // Of JSON, as CSV.
  std::shared_ptr<Workbook> book_;
  std::vector<std::size_t> hidden_rows_, hidden_columns_;
  SpreadsheetKind kind_ = SpreadsheetKind::none;  // Then members_ are its sheets.
  Reader::Growth growth_ = Reader::new_growth();  // Of all tables together.
};

}  // namespace teller
