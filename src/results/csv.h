// Strict CSV as RFC 4180 has it: fields in quotes may hold delimiters, line ends and doubled
// quotes; lines end in LF or CRLF; every row has as many fields as the first; text is UTF-8.
//
// A malformed row is an error that names its line and what to do, and reading goes on at the line
// after the one on which that row began: one fault never hides the rows around it, whatever a
// stray quote seems to embrace. Empty lines are passed over.
//
// Memory is bounded by the longest row (row_bytes_max). Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "results/reader.h"

namespace teller {

struct CsvRow {
  std::uint64_t line = 0;                // On which it begins, from 1. Set for a malformed row too.
  std::vector<std::string_view> fields;  // Hold until the next call.
};

class CsvReader {
 public:
  explicit CsvReader(Reader reader, char delimiter = ',');

  // Reads the next row; false at the end.
  //
  // Errors: reject csv.quote_in_field, csv.text_after_quote, csv.quote_not_closed,
  // csv.carriage_return, csv.field_count, csv.row_too_long, csv.not_utf8, csv.control_character:
  // this row is malformed, and the next call goes on behind it. Any other error (as of Reader) is
  // the end.
  [[nodiscard]] Result<bool> next(CsvRow& row);

  [[nodiscard]] static bool is_row_error(const Error& error) {
    return error.code.text().starts_with("csv.");
  }
  [[nodiscard]] const Reader& reader() const { return reader_; }
  // After an error of a row: the line on which that row began, or the front of a long one.
  [[nodiscard]] std::string_view malformed_line() const { return malformed_; }

  static constexpr std::size_t row_bytes_max = std::size_t{1} << 20;

 private:
  enum class Parsed { row, end, more };
  [[nodiscard]] Parsed parse(CsvRow& row, std::size_t& end, std::uint64_t& lines, Code& code,
                             std::string& detail);
  [[nodiscard]] Result<bool> fill();
  void skip_line();

  Reader reader_;
  char delimiter_;
  std::size_t columns_ = 0;
  std::vector<char> buffer_;
  std::size_t from_ = 0, to_ = 0;
  bool at_end_ = false;
  std::uint64_t line_ = 1;  // Of buffer_[from_].
  std::string malformed_;
  std::string unescaped_;  // What the fields with doubled quotes of this row point into.
};

}  // namespace teller
