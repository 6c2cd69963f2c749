// How a table of results is written, found out from its front: what separates its columns, where the
// header stands, and what each column holds. For `teller mapping new`, which writes down what it saw.
//
// Memory is bounded by the rows that are kept (rows_kept) and the texts of a column that are
// (texts_kept). Called by guess_mapping.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tables/csv.h"
#include "tables/table_files.h"

namespace teller {

struct ColumnFacts {
  std::string name;   // In the last row of the header, or its number.
  std::string above;  // In the row above that, filled from the left,
  std::string top;    // and in the one above both.
  std::uint64_t filled = 0, numbers = 0, masks = 0;  // A mask is neither text nor number.
  std::uint64_t shares = 0;                          // Fractions, percents, differences.
  // Rows in which it is empty and the other cells are percents or empty, and those with anything else.
  std::uint64_t gaps_of_shares = 0, gaps_of_others = 0;
  // Texts that are no plain number, with where the first of each stood and how many there are.
  struct Text {
    std::uint64_t rows = 0, first_line = 0;
  };
  std::map<std::string, Text> texts;
  bool more_texts = false;  // Than are kept.
  std::string first;        // What stood there first,
  std::uint64_t first_line = 0;

  // Most of what stands there are numbers, whatever separates their digits.
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_constant() const;
  // Most are shares and the like: "64.5", "3 %".
  [[nodiscard]] bool is_share() const;
};

// Columns that come again, a group for each option: where the first group begins, and how many columns it has.
struct ColumnGroups {
  std::size_t begin = 0, width = 0;
  [[nodiscard]] bool are_there() const { return width > 0; }
  [[nodiscard]] std::size_t end() const { return begin + width; }  // Of the first one.
};

// Where a table stands among several that stand below each other in one file.
struct TableLines {
  std::uint64_t from = 1, to = 0;  // With what stands above its header; `to` 0: the end.
  std::uint64_t header = 1;
  std::string title;  // The last line above the header in which one cell alone is filled.
  // It has the header of the table above it, and a title that differs from that one's in digits alone.
  bool may_go_on = false;
};

struct TableFront {
  CsvForm form;
  std::string title;       // Of one among several in the file.
  std::size_t number = 0;  // Where it has no title, its place among them, from 1; 0: it needs none.
  bool is_one_of_several = false;
  bool has_header = true;
  std::uint32_t header_rows = 1;
  // Rows behind the header that hold no number where the columns do: the header in another language,
  // units. `below_why` says of which lines they are, and what stands there.
  std::uint32_t rows_below = 0;
  std::string below_why;
  std::string encoding, encoding_note;    // Both empty: UTF-8.
  std::string delimiter_why, header_why;  // Sentences.
  std::vector<ColumnFacts> columns;
  ColumnGroups groups;  // Where the header names the first group alone.
  struct Row {
    std::uint64_t line = 0;
    std::vector<std::string> fields;
  };
  std::vector<Row> rows;                        // The first ones behind the header.
  std::uint64_t rows_all = 0;                   // Of the file.
  std::map<std::string, std::uint64_t> faults;  // Codes of rows that cannot be cut,
  std::vector<std::string> bad_lines;           // and how the first of them begin.

  static constexpr std::size_t rows_kept = 2'000, texts_kept = 5'000;
};

// Looks at the first table of `files`, all of it, and at those that have its header. `below`: rows that hold
// no number right below the header are none of its rows. `part`: of a file with several; else null. Errors: those of CsvReader that end a file; reject
// file.damaged (nothing in it).
[[nodiscard]] Result<TableFront> look_at_table(TableFiles& files, bool below = true,
                                               const TableLines* part = nullptr);

// What stands where there is no number: neither a name nor a number.
[[nodiscard]] bool looks_like_mask(std::string_view text);
// A number that is no count of anything: "64.5", "3 %", "-12".
[[nodiscard]] bool looks_like_share(std::string_view text);
// Of them, what may be a part of a hundred: no difference, and no "5001.0".
[[nodiscard]] bool looks_like_percent(std::string_view text);
// "Page 1 of 7".
[[nodiscard]] bool is_page_number(std::string_view text);

// The fields of a line, as they are compared.
[[nodiscard]] std::vector<std::string> fields_of_line(std::string_view line, char delimiter);

}  // namespace teller
