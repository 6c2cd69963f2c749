// A small table that a person typed for us: a CSV file in any packing, or a sheet of a workbook. Its
// first row names the columns, in words that we know.
//
// Capitals, blanks, "_" and "-" in the names of columns do not matter. A column that is not known, one
// that is missing and a row that cannot be read are faults, and nothing is passed over in silence; a
// column without a name and without a text in it is none. Where every field stands in one, the file
// has ";" or tabs between them, and is read so.
//
// Memory grows with the table. Called by rules_tables.cc. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tables/csv.h"

namespace teller {

// What is wrong in typed tables: a line each, of which the first twenty are told.
class TableFaults {
 public:
  void add(std::string line);
  [[nodiscard]] bool none() const { return faults_ == 0; }
  // Of all faults. There is at least one.
  [[nodiscard]] Error error(Code code) const;

 private:
  std::size_t faults_ = 0;
  std::vector<std::string> lines_;
};

class TypedTable {
 public:
  struct Column {
    std::string_view name;
    std::vector<std::string_view> also = {};  // Other words for it.
    bool needed = false;
  };

  // `sheet`: of a workbook; nothing otherwise. `columns` are known by their place in it. What is wrong
  // with the table goes into `faults`.
  // Errors: as of TableFiles; reject file.damaged (no row at all).
  [[nodiscard]] static Result<TypedTable> read(const std::string& path, const std::string& sheet,
                                               std::span<const Column> columns,
                                               TableFaults& faults);

  // It has all columns that are needed, and every row could be read: otherwise most of what follows would
  // be wrong for that alone.
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] bool has(std::size_t column) const { return at_[column] >= 0; }
  // The text of a cell, without blanks around it; empty where there is no such column.
  [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const;
  // The texts of a cell that has several, with ";" between them.
  [[nodiscard]] std::vector<std::string> texts(std::size_t row, std::size_t column) const;

  // "units.csv:3"
  [[nodiscard]] std::string place(std::size_t row) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  // The fault of a cell: what stood there, and `what` was expected.
  void fault(std::size_t row, std::size_t column, std::string_view what, TableFaults& faults) const;

 private:
  struct Row {
    std::uint64_t line = 0;
    std::vector<std::string> cells;
  };
  [[nodiscard]] Result<void> read_rows(CsvReader& csv, TableFaults& faults);
  void find_columns(std::span<const Column> columns, const CsvRow& head, TableFaults& faults);

  std::string name_;
  std::vector<std::int64_t> at_;       // By column: its place in the file, or -1.
  std::vector<std::string> names_;     // By column: as the file has it.
  std::vector<std::size_t> nameless_;  // Places of columns without a name.
  std::vector<Row> rows_;
  bool is_whole_ = true;
};

}  // namespace teller
