// Strict CSV as RFC 4180 has it: fields in quotes may hold delimiters, line ends and doubled
// quotes; lines end in LF or CRLF; every row has as many fields as the first; text is UTF-8. CsvForm
// says where a file is another one, and TextDecoder makes UTF-8 of what is not.
//
// A malformed row is an error that names its line and what to do, and reading goes on at the line
// after the one on which that row began: one fault never hides the rows around it, whatever a
// stray quote seems to embrace. Lines with nothing in them are passed over, and so are byte order
// marks in front of a row, which files have that were joined; both are counted. A line that begins with
// the mark of a merge that nobody finished ends the file, whatever else it holds and whatever is skipped.
//
// Memory is bounded by the longest row (row_bytes_max). Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tables/reader.h"
#include "tables/text_decoder.h"

namespace teller {

struct CsvRow {
  std::uint64_t line = 0;                // On which it begins, from 1. Set for a malformed row too.
  std::vector<std::string_view> fields;  // Hold until the next call.
};

// A file with such a line was put together of two, and nobody decided between them.
[[nodiscard]] bool is_merge_mark(std::string_view line);

// How the rows of one file are written.
struct CsvForm {
  char delimiter = ',';
  bool delimiter_stated = false;       // Otherwise another one may be tried (delimiter.h).
  bool quotes = true;                  // false: a quote is a character like any other.
  std::string encoding = {};           // Empty: UTF-8, or what the text looks like.
  std::uint64_t header_line = 1;       // The lines before are passed over,
  std::uint64_t last_line = 0;         // and those behind this one; 0: none.
  std::vector<std::string> skip = {};  // Lines that begin with one of these are.
  bool empty_extra_columns = false;    // Fields behind the last column may be there, and are empty.
};

class CsvReader {
 public:
  explicit CsvReader(Reader reader, CsvForm form = {});
  // Of a text that is here already, as a spreadsheet's sheet is.
  explicit CsvReader(std::string_view text, CsvForm form);

  // Reads the next row; false at the end.
  //
  // Errors: reject csv.quote_in_field, csv.text_after_quote, csv.quote_not_closed,
  // csv.carriage_return, csv.field_count, csv.row_too_long, csv.not_utf8, csv.control_character:
  // this row is malformed, and the next call goes on behind it. Any other error (as of Reader; reject
  // file.damaged, two versions in one; reject mapping.invalid, a row right behind last_line) is the end.
  [[nodiscard]] Result<bool> next(CsvRow& row);

  // From now on a row may also have `end` fields and any number of groups of `width` more.
  void allow_groups(std::size_t end, std::size_t width) {
    groups_begin_ = end;
    group_width_ = width;
  }

  [[nodiscard]] static bool is_row_error(const Error& error) {
    return error.code.text().starts_with("csv.");
  }
  // After an error of a row: the line on which that row began, or the front of a long one.
  [[nodiscard]] std::string_view malformed_line() const { return malformed_; }

  // What was passed over so far, and where the first of each kind stood.
  struct PassedOver {
    std::uint64_t number = 0, first_line = 0;
    void note(std::uint64_t line) {
      if (number++ == 0) first_line = line;
    }
  };
  // Lines of nothing but delimiters and blanks; wholly empty ones are not counted.
  [[nodiscard]] const PassedOver& empty_rows() const { return empty_rows_; }
  [[nodiscard]] const PassedOver& order_marks() const { return order_marks_; }
  [[nodiscard]] const PassedOver& skipped() const { return skipped_; }
  // Lines before the header in which numbers stand, and lines with anything in them behind the last one.
  [[nodiscard]] const PassedOver& numbers_above() const { return numbers_above_; }
  [[nodiscard]] const PassedOver& behind() const { return behind_; }
  // Rows of which empty fields behind the last column were dropped.
  [[nodiscard]] const PassedOver& shortened() const { return shortened_; }
  // Whether the encoding that the form states said anything: some byte is no plain ASCII.
  [[nodiscard]] bool needs_encoding() const { return decoder_.is_beyond_ascii(); }
  [[nodiscard]] const CsvForm& form() const { return form_; }
  // How the file's bytes were read, where a person should know it; mostly empty.
  [[nodiscard]] const std::string& encoding_note() const { return decoder_.note(); }
  // As form().encoding states it; empty: UTF-8.
  [[nodiscard]] const std::string& encoding() const { return decoder_.encoding(); }

  static constexpr std::size_t row_bytes_max = std::size_t{1} << 20;

 private:
  enum class Parsed { row, end, more };
  // How far the row at the front is cut into fields.
  struct Cut {
    std::size_t at = 0;       // In buffer_: up to which it is read.
    std::uint64_t lines = 0;  // Line ends in it.
    Code code = {};           // What is wrong with it; empty: nothing so far.
    std::string detail = {};
  };
  [[nodiscard]] Parsed parse(CsvRow& row, Cut& cut);
  [[nodiscard]] std::optional<Parsed> quoted_field(CsvRow& row, Cut& cut);
  [[nodiscard]] std::optional<Parsed> plain_field(CsvRow& row, Cut& cut);
  [[nodiscard]] static Parsed fault(const CsvRow& row, Cut& cut, Code code, std::string_view why);
  [[nodiscard]] Result<bool> fill();
  void skip_line();
  [[nodiscard]] Result<void> drop_line();
  [[nodiscard]] Result<bool> is_skipped();
  [[nodiscard]] bool is_behind_the_last() const {
    return form_.last_line > 0 && line_ > form_.last_line;
  }
  void note_skipped();
  [[nodiscard]] Result<void> check_merged();
  // Whether the table has grown beyond the last line.
  [[nodiscard]] Result<void> check_last_line();
  void note_row_before(const CsvRow& row, std::string_view raw);
  [[nodiscard]] Code fault_of(CsvRow& row, std::string_view raw, std::string& detail);

  std::optional<Reader> reader_;
  CsvForm form_;
  TextDecoder decoder_;
  PassedOver empty_rows_, order_marks_, skipped_, shortened_, numbers_above_, behind_;
  std::size_t columns_ = 0;
  std::size_t groups_begin_ = 0, group_width_ = 0;  // 0: rows have no groups.
  std::vector<char> buffer_;
  std::size_t from_ = 0, to_ = 0;
  bool at_end_ = false;
  bool looked_behind_ = false;              // At the first line behind it that says several things.
  std::vector<std::size_t> figure_places_;  // Of the last row, where the form has a last line.
  std::string first_row_, first_field_;     // And the first one, which names the columns.
  std::size_t first_filled_ = 0;
  std::uint64_t line_ = 1;  // Of buffer_[from_].
  std::string malformed_;
  std::string unescaped_;  // What the fields with doubled quotes of this row point into.
};

}  // namespace teller
