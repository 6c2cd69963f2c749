// A sheet of an XLSX or ODS file as CSV, a line for each of its rows, so that line 7 of a message is
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

#include <string>
#include <vector>

#include "base/error.h"

namespace teller {

enum class SpreadsheetKind { none, xlsx, ods };

// What a zip with these members is.
[[nodiscard]] SpreadsheetKind spreadsheet_kind(const std::vector<std::string>& members);

// The names of its sheets. Errors: as spreadsheet_as_csv().
[[nodiscard]] Result<std::vector<std::string>> spreadsheet_sheets(const std::string& file,
                                                                  SpreadsheetKind kind);

// `sheet`: its name; empty: the only one.
// Errors: reject file.member_unknown (several sheets and none named, not there, no such file inside, beyond a
// limit, no XML); as of Reader.
[[nodiscard]] Result<std::string> spreadsheet_as_csv(const std::string& file, SpreadsheetKind kind,
                                                     const std::string& sheet);

}  // namespace teller
