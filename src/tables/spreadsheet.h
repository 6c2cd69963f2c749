// The sheets of an XLSX or ODS file as CSV, a line for each of their rows, so that line 7 of a message is
// row 7 of the sheet.
//
// Texts are as they stand there; whole numbers are written out, other numbers as short as they can
// be; a cell that a spreadsheet turned into a date is that date (2026-01-04), which is no name that
// rules know. Merged cells have their text in the first of them. Formulas have the value that was
// saved with them.
//
// Bounded: parts of a file, cells and text beyond the limits in spreadsheet.cc are refused before they
// fill the memory. Called by table_files.cc; the only includer of expat.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace teller {

enum class SpreadsheetKind { none, xlsx, ods };

// What a zip with these members is.
[[nodiscard]] SpreadsheetKind spreadsheet_kind(const std::vector<std::string>& members);

inline constexpr std::size_t workbook_sheets_max = 1'000;

// A sheet as it is read.
struct SheetText {
  std::string csv;
  // What a person who opens it does not see and where something stands, from 1; of rows those with a number.
  std::vector<std::size_t> hidden_rows, hidden_columns;
};

// A workbook that is open. What all of its sheets need is read once: of an ODS, which is one part, everything.
class Workbook {
 public:
  struct Sheet {
    std::string name;
    bool is_hidden = false;
  };
  struct Parts;  // Of the program alone.

  // `without_hidden`: rows and columns that are hidden are empty. Errors: as of sheet().
  [[nodiscard]] static Result<Workbook> open(std::string file, SpreadsheetKind kind,
                                             bool without_hidden);

  [[nodiscard]] const std::vector<Sheet>& sheets() const { return sheets_; }
  // `place`: in sheets(). It is good until the next call.
  // Errors: reject file.member_unknown (no such file inside, beyond a limit, no XML); as of Reader.
  [[nodiscard]] Result<const SheetText*> sheet(std::size_t place);

 private:
  Workbook() = default;

  std::vector<Sheet> sheets_;
  std::shared_ptr<Parts> parts_;
};

}  // namespace teller
